/** What files are read and written with: loaded when it is first needed. */
export async function formatsOf(): Promise<typeof import('../../formats/index.js') & typeof import('../../filesystem/index.js')> {
  const [formats, filesystem] = await Promise.all([import('../../formats/index.js'), import('../../filesystem/index.js')])
  return { ...formats, ...filesystem }
}
