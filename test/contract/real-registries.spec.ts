import { describeContract } from './describe-contract';
import { givenTargets, realTargets } from './real-targets';

describeContract([...realTargets(), ...givenTargets()]);
