/**
 * Passkeys of the browser (WebAuthn), in the JSON of the server: base64url here, bytes there.
 * A person who closes the browser's dialog is no error: the functions then give null.
 */

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (one) => one.charCodeAt(0)).buffer
}

function text(buffer: ArrayBuffer | null): string {
  if (!buffer) return ''
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

interface Descriptor {
  id: string
  type: 'public-key'
}

export interface CreationJson extends Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> {
  challenge: string
  user: { id: string; name: string; displayName: string }
  excludeCredentials?: Descriptor[]
}

export interface RequestJson extends Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> {
  challenge: string
}

export const canUsePasskeys = (): boolean => typeof window.PublicKeyCredential === 'function' && window.isSecureContext

/** What somebody does who changes their mind, or a device that has no key. */
const given = (error: unknown): boolean => error instanceof DOMException && ['NotAllowedError', 'AbortError'].includes(error.name)

export async function makePasskey(options: CreationJson): Promise<unknown> {
  try {
    const made = (await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
      },
    })) as PublicKeyCredential | null
    if (!made) return null
    const response = made.response as AuthenticatorAttestationResponse
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) },
    }
  } catch (error) {
    if (given(error)) return null
    throw error
  }
}

export async function usePasskey(options: RequestJson): Promise<unknown> {
  try {
    const used = (await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: [] },
    })) as PublicKeyCredential | null
    if (!used) return null
    const response = used.response as AuthenticatorAssertionResponse
    return {
      id: used.id,
      rawId: text(used.rawId),
      type: used.type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: text(response.userHandle),
      },
    }
  } catch (error) {
    if (given(error)) return null
    throw error
  }
}
