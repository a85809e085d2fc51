import type { Segment, SegmentWatcher } from '../lanes/index.js'
import { Recency } from '../memory/index.js'

/** The segments that hold values and are not written into, in the order in which those were used. */
export class FilledSegments implements SegmentWatcher {
  readonly recency = new Recency()
  readonly byNumber: (Segment | undefined)[] = []

  filled(segment: Segment): void {
    this.byNumber[segment.number] = segment
    this.recency.touch(segment.number)
  }

  emptied(segment: Segment): void {
    this.recency.remove(segment.number)
    // Its memory is to be freed.
    this.byNumber[segment.number] = undefined
  }
}
