import { createHash } from 'node:crypto';

export type UploadAuth =
  { readonly username: string; readonly password: string } | { readonly token: string };

export interface UploadTarget {
  /** The registry's URL, such as `http://127.0.0.1:5082`. */
  readonly url: string;
  readonly repository: string;
  readonly auth?: UploadAuth;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Uploads a blob unless the repository has it. */
export async function uploadBlob(
  target: UploadTarget,
  bytes: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const blobs = `${target.url}/v2/${target.repository}/blobs`;
  const known = await send(target, 'HEAD', `${blobs}/${digest}`);
  if (known.status !== 200) {
    const begun = await expectStatus(202, send(target, 'POST', `${blobs}/uploads/`));
    const location = new URL(begun.headers.get('location') ?? '', `${blobs}/uploads/`);
    location.searchParams.set('digest', digest);
    await expectStatus(201, send(target, 'PUT', location.href, bytes, 'application/octet-stream'));
  }
  return { mediaType, digest, size: bytes.length };
}

/** Puts exactly these bytes under a tag or, without one, under their digest. */
export async function uploadManifest(
  target: UploadTarget,
  tag: string | undefined,
  bytes: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const url = `${target.url}/v2/${target.repository}/manifests/${tag ?? digest}`;
  await expectStatus(201, send(target, 'PUT', url, bytes, mediaType));
  return { mediaType, digest, size: bytes.length };
}

async function send(
  { auth }: UploadTarget,
  method: string,
  url: string,
  body?: Buffer,
  mediaType?: string,
): Promise<Response> {
  const headers = {
    ...(auth === undefined ? {} : { authorization: authorization(auth) }),
    ...(mediaType === undefined ? {} : { 'content-type': mediaType }),
  };
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
}

function authorization(auth: UploadAuth): string {
  return 'token' in auth
    ? `Bearer ${auth.token}`
    : `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

async function expectStatus(status: number, sending: Promise<Response>): Promise<Response> {
  const response = await sending;
  const text = await response.text();
  if (response.status !== status) {
    throw new Error(`${response.url} answered ${response.status}, not ${status}: ${text}`);
  }
  return response;
}
