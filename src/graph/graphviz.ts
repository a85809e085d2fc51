/** DOT source as SVG, by Graphviz compiled to WebAssembly; loaded on first use. */
export async function renderSvg(dot: string): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz')
  const graphviz = await Graphviz.load()
  return graphviz.dot(dot, 'svg')
}
