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

async function problemOf(response: Response): Promise<ApiError> {
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

async function request(method: Method, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-Duizhi'] = '1'
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
  if (error.code === 'login_required' && path !== '/api/me') onLoginEnded()
  throw error
}

export async function get<T>(path: string): Promise<T> {
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

export async function getBytes(path: string): Promise<{ bytes: ArrayBuffer; headers: Headers }> {
  const response = await request('GET', path)
  return { bytes: await response.arrayBuffer(), headers: response.headers }
}

/** A path with its parts escaped: at`/api/cases/${id}`. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce(
    (path, part, i) => path + part + (i < values.length ? encodeURIComponent(values[i]!) : ''),
    '',
  )
}
