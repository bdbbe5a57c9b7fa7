import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, FakeAnswer, FakeRequest } from './fake-registry-behaviour';
import { digestOf } from './fake-registry-manifests';
import type { FakeStorage } from './fake-registry-storage';

/** Distribution 2.8: while a manifest is written again, no tag of it can be read. */
export class RePutWindow {
  /** How many writes of a manifest are under way, by repository and digest. */
  private readonly open = new Map<string, number>();

  constructor(
    private readonly storage: FakeStorage,
    private readonly behaviour: Behaviour,
  ) {}

  /** Answers a request; `rest` is the path behind `/v2/`. */
  async around(request: FakeRequest, rest: string, answer: () => FakeAnswer): Promise<FakeAnswer> {
    const { rePutWindowMs } = this.behaviour;
    const [, path = '', reference = ''] = /^(.+?)\/manifests\/(.+)$/.exec(rest) ?? [];
    if (rePutWindowMs === undefined || path === '') return answer();
    if (request.method === 'GET' || request.method === 'HEAD') {
      return this.isOpen(path, reference) ? BROKEN_READ : answer();
    }
    const digest = digestOf(request.body);
    if (request.method !== 'PUT' || this.storage.resolve(path, digest) === undefined) {
      return answer();
    }
    return this.hold(`${path}@${digest}`, rePutWindowMs, answer);
  }

  private isOpen(path: string, reference: string): boolean {
    const manifest = this.storage.resolve(path, reference);
    return manifest !== undefined && (this.open.get(`${path}@${manifest.digest}`) ?? 0) > 0;
  }

  private async hold(key: string, ms: number, answer: () => FakeAnswer): Promise<FakeAnswer> {
    this.open.set(key, (this.open.get(key) ?? 0) + 1);
    try {
      // A test that has seen enough does not wait for it.
      await delay(ms, undefined, { ref: false });
      return answer();
    } finally {
      this.open.set(key, (this.open.get(key) ?? 1) - 1);
    }
  }
}

const BROKEN_READ: FakeAnswer = {
  status: 500,
  body: { errors: [{ code: 'UNKNOWN', message: 'invalid checksum digest format' }] },
};
