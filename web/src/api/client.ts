/**
 * One door to the centre's HTTP API. Every failure is an `ApiError` with a stable `code`; the page
 * turns the code into words (i18n key `error.<code>`), never the server's text.
 */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(`${status} ${code}`)
    this.name = 'ApiError'
  }
}

type Method = 'GET' | 'POST' | 'DELETE'

let onLoginEnded: () => void = () => {}

/** Called when the centre says that the login is over; a wrong password or code is not that. */
export function whenLoginEnds(handler: () => void): void {
  onLoginEnded = handler
}

/** The problem of a refusal (RFC 9457), also of answers that are none. */
export async function problemOf(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch {
    // A proxy or a crash may answer with something else than problem+json; the status still counts.
  }
  const code = typeof body.code === 'string' ? body.code : `http_${response.status}`
  const retry = Number(response.headers.get('Retry-After'))
  return new ApiError(response.status, code, retry ? { ...body, retry_after_s: retry } : body)
}

/** `quiet`: that nobody is signed in is told to whoever takes the answer, not to the page. */
async function request(method: Method, path: string, body?: unknown, quiet = false): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') {
    headers['X-Duizhi'] = '1'
    early.clear() // what was asked before is not how things are after
  }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(0, 'unreachable')
  }
  if (response.ok) return response
  const error = await problemOf(response)
  if (error.code === 'login_required' && path !== '/api/me' && !quiet) onLoginEnded()
  throw error
}

/** Answers asked for before the page that wants them is there, by path. */
const early = new Map<string, Promise<unknown>>()
/** An answer that nobody has taken by then is dropped: it is no longer how things are. */
const EARLY_MS = 10_000
const FAILED = Symbol('failed')

/** Asks now for what is about to be asked with `get`, which then takes this answer, once. */
export function askAhead(path: string): void {
  if (!early.has(path)) {
    handOn(path, request('GET', path, undefined, true).then((response) => response.json() as Promise<unknown>))
  }
}

/** Leaves an answer to whoever asks for it next; what failed is asked for again there. */
export function handOn(path: string, answer: unknown): void {
  const kept = Promise.resolve(answer).catch(() => FAILED)
  early.set(path, kept)
  setTimeout(() => { if (early.get(path) === kept) early.delete(path) }, EARLY_MS)
}

export async function get<T>(path: string): Promise<T> {
  const begun = early.get(path)
  early.delete(path)
  const answer = begun ? await begun : FAILED
  if (answer !== FAILED) return answer as T
  return (await (await request('GET', path)).json()) as T
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  const response = await request('POST', path, body)
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** Take something away; the answer is of no interest. */
export async function remove(path: string): Promise<void> {
  await request('DELETE', path)
}

/** Throws `no_segment` for what is not there yet (204), like for what is not there at all. */
export async function getBytes(path: string): Promise<{ bytes: ArrayBuffer; headers: Headers }> {
  const response = await request('GET', path)
  if (response.status === 204) throw new ApiError(204, 'no_segment')
  return { bytes: await response.arrayBuffer(), headers: response.headers }
}

/** A path with its parts escaped: at`/api/cases/${id}`. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce(
    (path, part, i) => path + part + (i < values.length ? encodeURIComponent(values[i]!) : ''),
    '',
  )
}
