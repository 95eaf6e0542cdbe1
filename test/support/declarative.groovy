// Runs declarative pipelines with the real Groovy: blocks are entered, steps are written down, nothing is executed.
class Steps {
  List log
  def methodMissing(String name, arguments) {
    log << name
    arguments.each { one ->
      if (one instanceof Closure) {
        def block = one.rehydrate(this, this, this)
        block.resolveStrategy = Closure.DELEGATE_ONLY
        block()
      }
    }
  }
  def propertyMissing(String name) {
    switch (name) {
      case ['env', 'params']: return [:].withDefault { '' }
      case 'WORKSPACE_TMP': return '/agent/workspace@tmp'
      case 'PATH': return '/usr/bin'
      case 'hudson': return [model: [Result: [SUCCESS: 'SUCCESS']]]
      case ['none', 'any', 'label', 'beforeAgent']: return name
      default: throw new MissingPropertyException(name, Steps)
    }
  }
  void setProperty(String name, value) {
    if (name == 'log') this.@log = value
    else log << "${name}=${value}".toString()
  }
}

args.each { file ->
  def steps = new Steps(log: [])
  def script = new GroovyShell(new Binding()).parse(new File(file))
  script.metaClass.methodMissing = { String name, arguments -> steps.methodMissing(name, arguments) }
  script.run()
  println "${steps.log.count { it == 'stage' }} ${steps.log.count { it == 'sh' }}"
}
