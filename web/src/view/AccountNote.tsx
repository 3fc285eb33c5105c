/*
 * What it is: a refusal in words, said aloud when it comes.
 */
import type { Refusal } from '../account/calls';
import { useSentence } from './account';
import type { Deed } from './account';

export function AccountNote({ deed, refusal }: { deed: Deed; refusal: Refusal | null }) {
  const sentence = useSentence();
  return (
    <div role="alert">{refusal && <p className="note warn">{sentence(deed, refusal)}</p>}</div>
  );
}
