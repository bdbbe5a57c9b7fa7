import { describeContract } from './describe-contract';
import { presetTargets } from './fake-targets';

describeContract(presetTargets());
