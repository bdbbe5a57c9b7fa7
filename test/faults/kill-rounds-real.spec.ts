import { describeOnRealRegistries } from '../support/real-registries';
import { batchesOf, play } from './kill-rounds';
import { faultRounds, faultSeed } from './random';
import { useScenes } from './scene';

const seed = faultSeed();
const setScene = useScenes();

describeOnRealRegistries(
  `kill -9 at named points and random moments with TAGWARD_FAULT_SEED=${seed}`,
  (start, { name }) => {
    it.each(batchesOf(faultRounds().real, seed + name.length * 100))(
      'loses no delivery and applies none twice in $rounds rounds of seed $seed',
      async (batch) => {
        const { url } = await start({ inMemory: true });

        expect(await play(setScene, batch, url)).toEqual([]);
      },
      faultRounds().longestMs,
    );
  },
);
