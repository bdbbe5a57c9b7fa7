import { brokenEndLaws } from '../fuzz/end-laws';
import { runFuzz } from '../fuzz/run';
import { type FuzzScene, setFuzzScene } from '../fuzz/scene';
import { faultText } from '../fuzz/words';

/** The short form of `npm run fuzz`, which also looks at the memory. */
const INPUTS = 3_000;
const LONGEST_MS = 300_000;

describe('inputs that nobody has thought of', () => {
  let scene: FuzzScene;

  beforeAll(async () => {
    scene = await setFuzzScene();
  });

  afterAll(() => scene.clear());

  it(
    'are answered as their senders have to be, and leave the service as it was',
    async () => {
      const seed = Date.now() % 2 ** 31;
      process.stderr.write(`npm run fuzz -- --seed ${seed} --inputs ${INPUTS}\n`);

      const report = await runFuzz(scene, { seed, inputs: INPUTS });

      expect(report.faults.map((fault) => faultText(fault, seed))).toEqual([]);
      expect(await brokenEndLaws(scene, report)).toEqual([]);
      expect(report.sent).toBe(INPUTS);
      expect([...report.statuses.keys()]).toEqual(
        expect.arrayContaining(['200', '202', '401', '404', '405', '413', '415', '422']),
      );
    },
    LONGEST_MS,
  );
});
