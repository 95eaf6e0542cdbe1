// Jenkinsfiles as Groovy itself reads them, of the version that Jenkins has inside: one JSON tree for each file named.
import groovy.json.JsonOutput
import org.codehaus.groovy.ast.expr.*
import org.codehaus.groovy.ast.stmt.*
import org.codehaus.groovy.control.*

class Tree {
  static List statements(Statement block) {
    block.statements.collect { it instanceof ReturnStatement || it instanceof ExpressionStatement ? node(it.expression) : odd(it) }
  }

  static Map node(Expression e) {
    switch (e) {
      case ConstantExpression: return constant(e.value)
      case GStringExpression: return [kind: 'template', parts: parts(e)]
      case ListExpression: return [kind: 'list', items: e.expressions.collect { node(it) }]
      case MethodCallExpression: return call(e)
      case VariableExpression: return [kind: 'name', name: e.name]
      case PropertyExpression: return [kind: 'property', of: node(e.objectExpression), name: e.propertyAsString]
      case NotExpression: return [kind: 'not', of: node(e.expression)]
      case ElvisOperatorExpression: return [kind: 'binary', operator: '?:', left: node(e.trueExpression), right: node(e.falseExpression)]
      case BinaryExpression: return [kind: 'binary', operator: e.operation.text, left: node(e.leftExpression), right: node(e.rightExpression)]
      case BooleanExpression: return node(e.expression)
      default: return odd(e)
    }
  }

  static Map constant(value) {
    if (value instanceof Number) return [kind: 'number', value: value]
    return value instanceof String ? [kind: 'text', value: value] : [kind: 'constant', value: value]
  }

  static List parts(GStringExpression e) {
    def found = []
    e.strings.eachWithIndex { text, i ->
      if (text.value) found << [kind: 'text', value: text.value]
      if (i < e.values.size()) found << node(e.values[i])
    }
    return found
  }

  static Map call(MethodCallExpression e) {
    if (!e.implicitThis) return odd(e)
    def all = e.arguments.expressions
    def body = all && all.last() instanceof ClosureExpression ? all.last() : null
    def named = [:]
    def args = []
    (body ? all.init() : all).each {
      if (it instanceof MapExpression) it.mapEntryExpressions.each { named[it.keyExpression.value] = node(it.valueExpression) }
      else args << node(it)
    }
    return [kind: 'call', name: e.methodAsString, args: args, named: named] + (body ? [body: statements(body.code)] : [:])
  }

  static odd(thing) { throw new IllegalArgumentException("line ${thing.lineNumber}: ${thing.getClass().simpleName} ${thing.text}") }
}

println JsonOutput.toJson(args.collect { path ->
  def unit = new CompilationUnit()
  unit.addSource(new File(path))
  unit.compile(Phases.CONVERSION)
  Tree.statements(unit.AST.modules[0].statementBlock)
})
