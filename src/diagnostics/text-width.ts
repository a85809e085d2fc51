import { stripVTControlCharacters } from 'node:util'

// What terminals draw two cells wide, each code point for itself: the wide and fullwidth characters of Unicode's East Asian
// Width, and emoji.
const WIDE =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\p{Emoji_Presentation}\u2329\u232a\u2ff0-\u303e\u309b-\u30ff\u3190-\u31ef\u3200-\u4dff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f265}]/u
const NARROW = /^[\u1160-\u11ff\ud7b0-\ud7ff\uff61-\uffdc]/
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]/u
const PLAIN = /^[\x20-\x7e]*$/

function widthOfCharacter(character: string): number {
  if (NOTHING.test(character)) return 0
  return WIDE.test(character) && !NARROW.test(character) ? 2 : 1
}

/** The cells that a line of text without control characters takes in a terminal. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of text) width += widthOfCharacter(character)
  return width
}

/** The text in exactly `width` cells: filled up with spaces at its end, or cut there, with an ellipsis. */
export function fitText(text: string, width: number): string {
  const taken = textWidth(text)
  if (taken <= width) return text + ' '.repeat(width - taken)
  if (width <= 0) return ''
  let cut = ''
  let left = width - 1
  for (const character of text) {
    const cells = widthOfCharacter(character)
    if (cells > left) break
    left -= cells
    cut += character
  }
  return `${cut}…${' '.repeat(left)}`
}

/** The text on one line, without what would move the cursor or change colours. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
