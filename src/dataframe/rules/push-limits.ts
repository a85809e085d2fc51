import { type Relation, limited, withInputs } from '../plan/relation.js'
import { hasWindow } from '../plan/scalar.js'

/** Only as many rows are computed as are wanted: below projections, and in each part of a union. */
export function pushLimits(plan: Relation): Relation {
  if (plan.kind === 'limit') {
    const { input, count, offset } = plan
    switch (input.kind) {
      case 'limit': {
        const most = Math.max(0, Math.min(count, input.count - offset))
        return pushLimits(limited(input.input, most, input.offset + offset))
      }
      case 'project':
        if (input.values.some(([, value]) => hasWindow(value))) break
        return withInputs(input, [pushLimits({ ...plan, input: input.input, columns: input.input.columns })])
      case 'union':
        return { ...plan, input: { ...input, inputs: input.inputs.map((each) => pushLimits(limited(each, count + offset))) } }
      default:
    }
    return { ...plan, input: pushLimits(input) }
  }
  switch (plan.kind) {
    case 'scan':
    case 'table':
      return plan
    case 'join':
    case 'asof':
      return { ...plan, left: pushLimits(plan.left), right: pushLimits(plan.right) }
    case 'union':
    case 'sql':
      return { ...plan, inputs: plan.inputs.map(pushLimits) }
    default:
      return { ...plan, input: pushLimits(plan.input) }
  }
}
