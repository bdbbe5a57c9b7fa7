import { Injectable } from '@nestjs/common';
import { fetchDocument, type Fetch, type FetchedDocument } from './fetch-document';

const TIMEOUT_MS = 5_000;
const MOST_BYTES = 64 * 1024;

/** The only way from here to Amazon: whoever asks has checked the host before. */
@Injectable()
export class SnsEndpoints {
  /** Tests put certificates of their own here. */
  fetchIt: Fetch = fetch;

  /** Throws `issuer-unavailable` when there is no answer, or none that is right and wrong. */
  get(url: URL): Promise<FetchedDocument> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return fetchDocument(url, { mostBytes: MOST_BYTES, signal }, this.fetchIt);
  }
}
