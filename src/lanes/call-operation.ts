/** Calls a function that a module of Heddle exports, by its address and name: 'file:///…/actors.js#call'. */
export function callOperation(name: string, args: unknown): unknown {
  const known = operations.get(name)
  return known ? known(args) : importOperation(name).then((operation) => operation(args))
}

type Operation = (args: unknown) => unknown

/** by address and name: importing what is there already costs more than most calls */
const operations = new Map<string, Operation>()

async function importOperation(name: string): Promise<Operation> {
  const hash = name.lastIndexOf('#')
  const module = (await import(name.slice(0, hash))) as Record<string, Operation>
  const operation = module[name.slice(hash + 1)]!
  operations.set(name, operation)
  return operation
}
