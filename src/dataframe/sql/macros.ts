/*
 * What JavaScript means where SQL means something else. The fast half of each is SQL; the rare other half (texts that are not
 * ASCII) is JavaScript itself.
 */

const unsafe =
  "error('The integer ' || x || ' is too large for a number. Read its column as bigint: { schema: { NAME: ''bigint'' } }')"

/** Run once in each database. */
export const macros = [
  "SET GLOBAL TimeZone = 'UTC'",
  // In 1.5 the first fails with an internal error for the first row of each group, of the side of a left join; the second loses
  // rows, now and then and with several threads only, where sorted rows are joined several times by the same key. Without the second
  // the third reads whole files for a hundred rows of them.
  "SET GLOBAL disabled_optimizers = 'top_n_window_elimination,join_filter_pushdown,late_materialization'",
  `CREATE MACRO js_number(x) AS CASE WHEN x NOT BETWEEN -9007199254740991 AND 9007199254740991 THEN ${unsafe} ELSE x::DOUBLE END`,
  `CREATE MACRO js_exact(x) AS CASE WHEN x NOT BETWEEN -9007199254740992 AND 9007199254740992
    THEN error('toArray: no float has the integer ' || x || ' exactly. Leave the columns of floats out, and take int64 or uint64.') ELSE x::DOUBLE END`,
  `CREATE MACRO js_numbers(l) AS list_transform(l, lambda e: CASE WHEN e NOT BETWEEN -9007199254740991 AND 9007199254740991
    THEN error('A list holds the integer ' || e || ', which is too large for a number. Make rows of its items with explode(), and bigints of those with asType().')
    ELSE e::DOUBLE END)`,
  'CREATE MACRO js_ascii(s) AS strlen(s) = length(s)',
  // Halves go up, also those of negative numbers; ceil of what lies in (-0.5, 0) is -0, as it is there.
  'CREATE MACRO js_round(x) AS CASE WHEN x - floor(x) >= 0.5e0 THEN ceil(x) ELSE floor(x) END',
  "CREATE MACRO js_sqrt(x) AS CASE WHEN x < 0 THEN 'NaN'::DOUBLE ELSE sqrt(x) END",
  'CREATE MACRO js_sign(x) AS CASE WHEN isnan(x) OR x = 0 THEN x WHEN x > 0 THEN 1e0 ELSE -1e0 END',
  "CREATE MACRO js_min(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN isnan(a) OR isnan(b) THEN 'NaN'::DOUBLE ELSE least(a, b) END",
  'CREATE MACRO js_max(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE greatest(a, b) END',
  // Milliseconds since 1970, whole ones, downwards.
  'CREATE MACRO js_time(t) AS ((epoch_us(t) - ((epoch_us(t) % 1000) + 1000) % 1000) // 1000)::DOUBLE',
  // DuckDB gives the last moment at which clocks show something. By how far they were from UTC a day before there may be another.
  "CREATE MACRO js_shown(t, zone) AS timezone(zone, timezone('UTC', t))",
  `CREATE MACRO js_earlier(shown, last, zone) AS CASE
    WHEN js_shown(shown - (js_shown(last - INTERVAL 1 DAY, zone) - (last - INTERVAL 1 DAY)), zone) = shown
    THEN least(last, shown - (js_shown(last - INTERVAL 1 DAY, zone) - (last - INTERVAL 1 DAY))) ELSE last END`,
  "CREATE MACRO js_moment(shown, zone) AS js_earlier(shown, timezone('UTC', timezone(zone, shown)), zone)",
  'CREATE MACRO js_pair(v, r) AS struct_pack(v := v, r := r)',
  "CREATE MACRO js_place(p) AS struct_extract(p, 'r')",
  'CREATE MACRO js_mode(x) AS list_min(map_keys(map_from_entries(list_filter(map_entries(histogram(x)), lambda e: e.value = list_max(map_values(histogram(x)))))))',
  'CREATE MACRO js_isocalendar(y, w, d) AS struct_pack("year" := y::INTEGER, week := w::INTEGER, "day" := d::INTEGER)',
  'CREATE MACRO js_list(x, r) AS list(x ORDER BY r)',
  'CREATE MACRO js_floor_to(t, n) AS t - ((t % n) + n) % n',
  'CREATE MACRO js_ceil_to(t, n) AS t + (n - ((t % n) + n) % n) % n',
  // Halves go to the even multiple, as pandas has it.
  'CREATE MACRO js_round_to(t, n) AS js_floor_to(t, n) + CASE WHEN 2 * (t - js_floor_to(t, n)) > n OR (2 * (t - js_floor_to(t, n)) = n AND (js_floor_to(t, n) // n) % 2 <> 0) THEN n ELSE 0 END',
  'CREATE MACRO js_even(x) AS CASE WHEN abs(x - trunc(x)) = 0.5e0 THEN 2e0 * round(x / 2e0) ELSE round(x) END',
  `CREATE MACRO js_whole(x) AS CASE WHEN x = trunc(x) THEN x::HUGEINT WHEN x IS NULL THEN NULL ELSE error('The number ' || x || ' is no integer: it would lose its fraction. Round it first.') END`,
  'CREATE MACRO js_try_timestamp(x) AS TRY_CAST(x AS TIMESTAMP)',
  'CREATE MACRO js_try_double(x) AS TRY_CAST(x AS DOUBLE)',
  'CREATE MACRO js_chance(n, seed) AS (hash(n, seed) >> 11)::DOUBLE / 9007199254740992e0',
  // Between these bounds both write the fewest digits that are the number, without an exponent.
  `CREATE MACRO js_number_text(x) AS CASE WHEN x = trunc(x) AND abs(x) < 1e15 THEN x::BIGINT::VARCHAR
    WHEN abs(x) >= 1e-4 AND abs(x) < 1e15 THEN x::VARCHAR ELSE js_text_of_number(x) END`,
  // Moments of partitions (how many, mean, sum of squares about it) and of all of them together: Chan, Golub and LeVeque.
  'CREATE MACRO moments_of(n, m, v) AS [n::DOUBLE, coalesce(m, 0e0), coalesce(v * n, 0e0)]',
  `CREATE MACRO moments_merged(l) AS list_reduce(l, lambda a, b: CASE WHEN a[1] + b[1] = 0 THEN a ELSE [
    a[1] + b[1],
    a[2] + (b[2] - a[2]) * b[1] / (a[1] + b[1]),
    a[3] + b[3] + (b[2] - a[2]) * (b[2] - a[2]) * a[1] * b[1] / (a[1] + b[1])] END)`,
  // Partitions without a value have neither.
  'CREATE MACRO moments_mean(m) AS CASE WHEN m[1] > 0 THEN m[2] ELSE NULL END',
  'CREATE MACRO moments_spread(m) AS CASE WHEN m[1] > 0 THEN m[3] / m[1] ELSE NULL END',
  'CREATE MACRO moments_variance(m) AS CASE WHEN m[1] > 1 THEN m[3] / (m[1] - 1) ELSE NULL END',
  'CREATE MACRO moments_deviation(m) AS sqrt(moments_variance(m))',
  // The same of pairs: how many, both means, both sums of squares about them, the sum of products about them.
  'CREATE MACRO comoments_of(n, mx, my, sx, sy, sxy) AS [n::DOUBLE, coalesce(mx, 0e0), coalesce(my, 0e0), coalesce(sx, 0e0), coalesce(sy, 0e0), coalesce(sxy, 0e0)]',
  `CREATE MACRO comoments_merged(l) AS list_reduce(l, lambda a, b: CASE WHEN a[1] + b[1] = 0 THEN a ELSE [
    a[1] + b[1],
    a[2] + (b[2] - a[2]) * b[1] / (a[1] + b[1]),
    a[3] + (b[3] - a[3]) * b[1] / (a[1] + b[1]),
    a[4] + b[4] + (b[2] - a[2]) * (b[2] - a[2]) * a[1] * b[1] / (a[1] + b[1]),
    a[5] + b[5] + (b[3] - a[3]) * (b[3] - a[3]) * a[1] * b[1] / (a[1] + b[1]),
    a[6] + b[6] + (b[2] - a[2]) * (b[3] - a[3]) * a[1] * b[1] / (a[1] + b[1])] END)`,
  'CREATE MACRO comoments_part(m, i) AS CASE WHEN m[1] > 0 THEN m[i] ELSE NULL END',
  'CREATE MACRO comoments_covariance(m) AS CASE WHEN m[1] > 1 THEN m[6] / (m[1] - 1) ELSE NULL END',
  'CREATE MACRO comoments_correlation(m) AS CASE WHEN m[1] > 0 THEN m[6] / (sqrt(m[4]) * sqrt(m[5])) ELSE NULL END',
].join(';\n')
