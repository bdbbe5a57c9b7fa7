import { Pool } from 'undici';
import { faultOf, storedIds } from './answer-laws';
import { type FuzzInput, inputOf } from './inputs';
import { readMemory, type Memory } from './memory';
import type { FuzzScene } from './scene';
import { CUT_OFF, sendInput } from './sending';

/** Requests under way at the same time, each on a connection of its own that is kept. */
const IN_FLIGHT = 16;
const MOST_FAULTS = 5;
/** How often the memory is looked at in a run. */
const LOOKS = 50;

export interface FuzzOptions {
  readonly seed: number;
  /** Number of the first input; what came before it is not needed to make it. */
  readonly first?: number;
  readonly inputs: number;
  readonly onProgress?: (report: FuzzReport) => void;
}

export interface FuzzReport {
  readonly sent: number;
  /** How many answers had each status. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly shapes: ReadonlyMap<string, number>;
  readonly faults: readonly FuzzFault[];
  /** Of all deliveries that the service said it has stored. */
  readonly ids: ReadonlySet<number>;
  readonly memory: readonly Memory[];
}

export interface FuzzFault {
  readonly input: FuzzInput;
  readonly fault: string;
  /** The beginning of the answer. */
  readonly answer: string;
}

/** Sends inputs to a service and looks at each answer; ends early after five faults. */
export async function runFuzz(scene: FuzzScene, options: FuzzOptions): Promise<FuzzReport> {
  const pool = new Pool(scene.client.url, { connections: IN_FLIGHT, pipelining: 1 });
  const run = new Run(scene, options, pool);
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => run.work()));
  } finally {
    await pool.close();
  }
  return run.report;
}

class Run {
  private next: number;
  private readonly statuses = new Map<string, number>();
  private readonly shapes = new Map<string, number>();
  private readonly faults: FuzzFault[] = [];
  private readonly ids = new Set<number>();
  private readonly memory: Memory[] = [];
  private sent = 0;

  constructor(
    private readonly scene: FuzzScene,
    private readonly options: FuzzOptions,
    private readonly pool: Pool,
  ) {
    this.next = options.first ?? 0;
  }

  get report(): FuzzReport {
    const { sent, statuses, shapes, faults, ids, memory } = this;
    return { sent, statuses, shapes, faults, ids, memory };
  }

  async work(): Promise<void> {
    const end = (this.options.first ?? 0) + this.options.inputs;
    while (this.next < end && this.faults.length < MOST_FAULTS) {
      const index = this.next;
      this.next += 1;
      await this.try(inputOf(this.options.seed, index, this.scene.registryHost));
      await this.lookAround();
    }
  }

  private async try(input: FuzzInput): Promise<void> {
    const answer = await sendInput(this.pool, input, this.scene.issuer);
    this.sent += 1;
    count(this.statuses, answer === CUT_OFF ? CUT_OFF : String(answer.status));
    count(this.shapes, input.shape);
    for (const id of storedIds(answer)) this.ids.add(id);
    const fault = faultOf(input, answer);
    if (fault === undefined) return;
    const shown = answer === CUT_OFF ? CUT_OFF : `${answer.status} ${answer.text.slice(0, 500)}`;
    this.faults.push({ input, fault, answer: shown });
  }

  private async lookAround(): Promise<void> {
    if (this.sent % Math.max(1, Math.floor(this.options.inputs / LOOKS)) !== 0) return;
    this.memory.push(await readMemory(this.scene.client));
    this.options.onProgress?.(this.report);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
