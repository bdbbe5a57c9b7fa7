import { batchesOf, play } from './kill-rounds';
import { faultRounds, faultSeed } from './random';
import { useScenes } from './scene';

const seed = faultSeed();
const setScene = useScenes();

describe(`kill -9 at named points and random moments with TAGWARD_FAULT_SEED=${seed}`, () => {
  it.each(batchesOf(faultRounds().fake, seed))(
    'loses no delivery and applies none twice in $rounds rounds of seed $seed',
    async (batch) => {
      expect(await play(setScene, batch)).toEqual([]);
    },
    faultRounds().longestMs,
  );
});
