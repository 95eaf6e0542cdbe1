import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fileNameOfTag, tagOfFileName } from './tag-file-name.ts'

const tags = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)

describe('a tag as a file name', () => {
  it('leaves small letters alone and marks capitals', () => {
    assert.equal(fileNameOfTag('1.4.0-rc.1'), '1.4.0-rc.1')
    assert.equal(fileNameOfTag('RC-1'), 'rc-1=c')
  })

  it('comes back as the same tag, is short and needs no capitals', () => {
    fc.assert(
      fc.property(tags, (tag) => {
        const fileName = fileNameOfTag(tag)
        assert.equal(tagOfFileName(fileName), tag)
        assert.match(fileName, /^[a-z0-9._=-]{1,161}$/)
      }),
    )
  })

  it('stays distinct for tags that differ only in case', () => {
    fc.assert(
      fc.property(tags, fc.nat(127), (tag, at) => {
        const other = tag.slice(0, at) + tag.slice(at).toUpperCase()
        if (other !== tag) assert.notEqual(fileNameOfTag(other), fileNameOfTag(tag))
      }),
    )
  })

  it('ignores files it never wrote', () => {
    for (const fileName of ['', 'A', 'a=', 'a=0', 'a=ff', 'a=1=1', 'rc-1=C', '.DS_Store~'])
      assert.equal(tagOfFileName(fileName), undefined, fileName)
  })
})
