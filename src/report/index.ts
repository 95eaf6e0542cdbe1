export { buildMarkdown, buildText } from './build.ts'
export { COMMENT_BYTES, commentMark, cutMarkdown } from './comment.ts'
export { doctorMarkdown, doctorText } from './doctor.ts'
export { cleanMarkdown, cleanText } from './clean.ts'
export { checkMarkdown, checkText } from './check.ts'
export { scanMarkdown, scanText } from './scan.ts'
export {
  evidenceExportText,
  evidenceListMarkdown,
  evidenceListText,
  statementMarkdown,
  statementText,
} from './evidence.ts'
export { deltaLines } from './delta.ts'
export { failureMarkdown, failureNotices } from './failure.ts'
export { factMarkdown, factsMarkdown, factsText, factText } from './fact.ts'
export { holdMarkdown, holdText } from './hold.ts'
export { ciCheckText, ciInitText } from './ci.ts'
export { initText } from './init.ts'
export { historyMarkdown, historyText } from './history.ts'
export { columns, cut, widthOf, wrap } from './layout.ts'
export { fenced } from './markdown.ts'
export { outcomeMarkdown, outcomeText } from './outcome.ts'
export { plainPaint } from './paint.ts'
export type { Paint } from './paint.ts'
export { replayMarkdown, replayText } from './replay.ts'
export { rescanMarkdown, rescanText } from './rescan.ts'
export { statusMarkdown, statusText } from './status.ts'
export { traceMarkdown, traceText } from './trace.ts'
export { repairText } from './repair.ts'
export { trainMarkdown, trainText } from './train.ts'
export { copyText, inspectionText, treeText } from './tree.ts'
export type { TreeNode } from './tree.ts'
export { verificationMarkdown, verificationText } from './verification.ts'
export { waiversMarkdown, waiversText } from './waivers.ts'
export { waiversVex } from './waivers-vex.ts'
export { count, formatBytes, line, shortDigestText } from './words.ts'
export type { DemoStage, DemoStory } from './demo.ts'
export { demoHtml } from './page/demo-page.ts'
export { traceHtml } from './page/trace-page.ts'
export {
  buildTold,
  cleanTold,
  copyTold,
  factsTold,
  factTold,
  holdTold,
  outcomeTold,
  repairTold,
  rescanTold,
  trainTold,
  verificationTold,
} from './tell.ts'
export { warning } from './told.ts'
export type { Notice, Outputs, Told } from './told.ts'
export { storyText } from './story.ts'
export type { StoryEvent, StoryMood } from './story.ts'
