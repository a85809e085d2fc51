/** How a worker process ends that cannot reach its scheduler: to start it again is of no use. */
export const SCHEDULER_UNREACHABLE = 69
