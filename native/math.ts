// What WebAssembly has no instruction for comes from JavaScript.

export declare function log(x: f64): f64
export declare function log1p(x: f64): f64
export declare function exp(x: f64): f64
export declare function expm1(x: f64): f64
export declare function pow(x: f64, y: f64): f64
export declare function cos(x: f64): f64
export declare function acos(x: f64): f64
