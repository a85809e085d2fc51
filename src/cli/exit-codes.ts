/** How `heddle scheduler` and `heddle worker` end; 2 is for a command line that cannot be understood. */
export const ExitCode = {
  /** as it was asked to: by a signal, by the scheduler, at the end of its lifetime, or after having been idle */
  done: 0,
  /** it could not start, or could not go on */
  failed: 1,
  /** no scheduler could be reached within the death timeout (EX_UNAVAILABLE of sysexits.h) */
  unreachable: 69,
  /** ended at once, by a second SIGINT or SIGTERM, as shells count it */
  interrupted: 130,
  terminated: 143,
} as const
