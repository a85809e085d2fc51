// A reporter for node's test runner: the files with a test that has failed, one a line, as often as it has some.
export default async function* failedFiles(events) {
  for await (const { type, data } of events) {
    if (type === 'test:fail' && data.todo === undefined && data.file !== undefined) yield `${data.file}\n`
  }
}
