import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import * as sample from '../../test/support/sample-answers.ts'
import * as report from './index.ts'
import { widthOf } from './layout.ts'

const GOLDEN = join(import.meta.dirname, '..', '..', 'test', 'data', 'report')
const plain = report.plainPaint

const texts: Readonly<Record<string, string>> = {
  'promoted.txt': report.outcomeText(sample.samplePromotion, plain),
  'refused.txt': report.outcomeText(sample.sampleRefusal, plain),
  'plan.txt': report.outcomeText(sample.samplePlan, plain),
  'plan-hostile.txt': report.outcomeText(sample.hostilePlan, plain),
  'replay.txt': report.replayText(sample.sampleReplay, plain),
  'evidence-list.txt': report.evidenceListText(sample.sampleEvidenceList, plain),
  'evidence-show.txt': report.statementText(sample.sampleStatement, plain),
  'evidence-export.txt': report.evidenceExportText(sample.sampleExport, plain),
  'rescan.txt': report.rescanText(sample.sampleRescan, plain),
  'pending.txt': report.outcomeText(sample.samplePending, plain),
  'status.txt': report.statusText(sample.sampleStatus, plain),
  'history.txt': report.historyText(sample.sampleHistory, plain),
  'trace.txt': report.traceText(sample.sampleTrace, plain),
  'trace-hostile.txt': report.traceText(sample.hostileTrace, plain),
  'verification.txt': report.verificationText(sample.sampleVerification, plain),
  'check.txt': report.checkText(sample.sampleCheck, plain),
  'build.txt': report.buildText(sample.sampleBuild, plain),
  'clean.txt': report.cleanText(sample.sampleClean, plain),
  'fact.txt': report.factText(sample.sampleFact, plain),
  'train.txt': report.trainText(sample.sampleTrain, plain),
  'tree.txt': report.treeText(sample.sampleTree, plain),
}

const markdowns: Readonly<Record<string, string>> = {
  'promoted.md': report.outcomeMarkdown(sample.samplePromotion),
  'refused.md': report.outcomeMarkdown(sample.sampleRefusal),
  'plan.md': report.outcomeMarkdown(sample.samplePlan),
  'plan-hostile.md': report.outcomeMarkdown(sample.hostilePlan),
  'replay.md': report.replayMarkdown(sample.sampleReplay),
  'evidence-list.md': report.evidenceListMarkdown(sample.sampleEvidenceList),
  'evidence-show.md': report.statementMarkdown(sample.sampleStatement),
  'rescan.md': report.rescanMarkdown(sample.sampleRescan),
  'status.md': report.statusMarkdown(sample.sampleStatus),
  'history.md': report.historyMarkdown(sample.sampleHistory),
  'trace-hostile.md': report.traceMarkdown(sample.hostileTrace),
  'verification.md': report.verificationMarkdown(sample.sampleVerification),
  'check.md': report.checkMarkdown(sample.sampleCheck),
  'build.md': report.buildMarkdown(sample.sampleBuild),
  'clean.md': report.cleanMarkdown(sample.sampleClean),
  'train.md': report.trainMarkdown(sample.sampleTrain),
  'fact.md': report.factMarkdown(sample.sampleFact),
}

// To accept a change: node --test --test-update-snapshots src/report/renderers.test.ts
suite('src/report: texts stay as they are', () => {
  for (const [name, text] of Object.entries({ ...texts, ...markdowns })) {
    test(name, (t) => {
      t.assert.fileSnapshot(text, join(GOLDEN, name), { serializers: [String] })
    })
  }
})

suite('src/report: text', () => {
  for (const [name, text] of Object.entries(texts)) {
    test(`${name} fits 80 columns and carries nothing hostile`, () => {
      for (const line of text.split('\n')) assert.ok(widthOf(line) <= 80, `${widthOf(line)}: ${line}`)
      assertHarmless(text)
    })
  }

  test('results are words, not only colours', () => {
    const painted = report.outcomeText(sample.sampleRefusal, {
      ...plain,
      bad: (text) => `<bad>${text}</bad>`,
    })
    assert.match(painted, /<bad>FAIL<\/bad>/)
    assert.match(painted, /ERROR +tests/)
  })
})

suite('src/report: Markdown', () => {
  for (const [name, text] of Object.entries(markdowns)) {
    test(`${name} gives untrusted text no meaning`, () => {
      assertHarmless(text)
      assert.doesNotMatch(text, /<script|<img/i)
      assert.doesNotMatch(text, /@all/)
      for (const row of text.split('\n').filter((line) => line.startsWith('|'))) {
        assert.ok(!row.slice(1, -1).includes('`x`'), row)
      }
    })
  }

  test('a table row keeps its columns, whatever is in a cell', () => {
    const rows = markdowns['refused.md']!.split('\n').filter((line) => line.startsWith('| **'))
    for (const row of rows) assert.equal(row.split('|').length, 6, row)
  })
})

/** No escape codes, bidi tricks or CI commands. */
function assertHarmless(text: string): void {
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  assert.doesNotMatch(text, /##vso\[|##\[/)
  assert.doesNotMatch(text, /^\s*::/m)
}
