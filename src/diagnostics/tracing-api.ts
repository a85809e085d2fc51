import { createRequire } from 'node:module'
import type * as OpenTelemetry from '@opentelemetry/api'
import { HeddleError } from '../base/index.js'

/** The interface of OpenTelemetry cannot be loaded. */
export class TracingUnavailable extends HeddleError {
  static {
    TracingUnavailable.prototype.name = 'TracingUnavailable'
  }
}

/** OpenTelemetry's interface, which passes what it is told to the SDK that the program has set up, if it has. */
export function tracingApi(): typeof OpenTelemetry {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as typeof OpenTelemetry
  } catch (error) {
    throw new TracingUnavailable(
      'traceRuns needs the package @opentelemetry/api, which cannot be loaded here. Install it: npm install @opentelemetry/api',
      { cause: error },
    )
  }
}
