/*
 * What it is: the people of an organisation, for its owners and administrators: who they are, what is
 * switched off for one of them, inviting and removing.
 */
import { UserRound } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import type { Outcome, Refusal } from '../account/calls';
import { FEATURES, block, blocksOf, invite, lift, peopleOf, removePerson } from '../account/orgs';
import type { Block, Feature, OrgPeople as People, OrgPerson } from '../account/orgs';
import { AccountNote } from './AccountNote';
import { Sure } from './AccountSure';
import { useT } from './i18n';

interface Acting {
  /** Whether it was done; a refusal is shown. */
  act(work: () => Promise<Outcome<unknown>>): Promise<boolean>;
}

function BlockLine({ one, onLift }: { one: Block; onLift(): void }) {
  const t = useT();
  const id = `block-${one.feature}`;
  return (
    <li className="account-row">
      <span>
        <b id={id}>{t(`org.feature.${one.feature}`)}</b>
        <small>{one.why}</small>
      </span>
      {one.own ? (
        <Button className="btn quiet" aria-describedby={id} onPress={onLift}>
          {t('org.lift')}
        </Button>
      ) : (
        <em>{t('org.by_operator')}</em>
      )}
    </li>
  );
}

interface BlockFormProps {
  readonly free: readonly Feature[];
  onBlock(feature: Feature, why: string): Promise<boolean>;
}

function BlockForm({ free, onBlock }: BlockFormProps) {
  const t = useT();
  const [feature, setFeature] = useState<Feature | undefined>(free[0]);
  const [why, setWhy] = useState('');
  const chosen = feature && free.includes(feature) ? feature : free[0];
  if (!chosen) return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await onBlock(chosen, why.trim())) setWhy('');
  };
  return (
    <form className="account-form" onSubmit={(event) => void submit(event)}>
      <label className="field">
        <span>{t('org.block.what')}</span>
        <select value={chosen} onChange={(event) => setFeature(event.target.value as Feature)}>
          {free.map((one) => (
            <option key={one} value={one}>
              {t(`org.feature.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <TextField className="field" value={why} onChange={setWhy} maxLength={100}>
        <Label>{t('org.block.why')}</Label>
        <Input />
      </TextField>
      <Button className="btn small" type="submit" isDisabled={why.trim() === ''}>
        {t('org.block')}
      </Button>
    </form>
  );
}

interface OfPerson extends Acting {
  readonly org: string;
  readonly name: string;
}

function Blocks({ org, name, act }: OfPerson) {
  const t = useT();
  const [blocks, setBlocks] = useState<readonly Block[] | null>(null);
  const load = useCallback(
    () =>
      act(async () => {
        const said = await blocksOf(org, name);
        if (said.ok) setBlocks(said.value);
        return said;
      }),
    [act, org, name],
  );
  useEffect(() => void load(), [load]);
  const change = async (work: () => Promise<Outcome<unknown>>) => (await act(work)) && load();
  if (!blocks) return null;
  const free = FEATURES.filter((one) => !blocks.some(({ feature }) => feature === one));
  return (
    <div className="org-blocks">
      <p className="note-s">{t('org.blocks.text', { name })}</p>
      {blocks.length > 0 && (
        <ul className="account-rows">
          {blocks.map((one) => (
            <BlockLine
              key={one.feature}
              one={one}
              onLift={() => void change(() => lift(org, name, one.feature))}
            />
          ))}
        </ul>
      )}
      <BlockForm free={free} onBlock={(what, why) => change(() => block(org, name, what, why))} />
    </div>
  );
}

interface LineProps extends Acting {
  readonly org: string;
  readonly one: OrgPerson;
  onGone(): void;
}

function Line({ org, one: { name, role }, act, onGone }: LineProps) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const id = `org-person-${name}`;
  const remove = async () => {
    const gone = await act(() => removePerson(org, name));
    if (gone) onGone();
    return gone;
  };
  return (
    <li className="account-row org-person">
      <UserRound size={20} aria-hidden="true" />
      <span>
        <b id={id}>{name}</b>
        <small>{t(`org.role.${role}`)}</small>
      </span>
      {role !== 'owner' && (
        <>
          <Button
            className="btn quiet"
            aria-describedby={id}
            aria-expanded={open}
            onPress={() => setOpen(!open)}
          >
            {t('org.restrict')}
          </Button>
          <Sure
            about={id}
            ask={t('people.remove')}
            sure={t('org.remove.sure')}
            keep={t('account.keep')}
            act={remove}
          />
        </>
      )}
      {open && <Blocks org={org} name={name} act={act} />}
    </li>
  );
}

function Invite({ org, act }: Acting & { readonly org: string }) {
  const t = useT();
  const [label, setLabel] = useState('');
  const [link, setLink] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await act(async () => {
      const said = await invite(org, label.trim());
      if (said.ok) setLink(`${location.origin}/account#join.${said.value}`);
      return said;
    });
  };
  return (
    <form className="account-form" onSubmit={(event) => void submit(event)}>
      <TextField className="field" value={label} onChange={setLabel} maxLength={48}>
        <Label>{t('org.invite.label')}</Label>
        <Input />
      </TextField>
      <Button className="btn small" type="submit" isDisabled={label.trim() === ''}>
        {t('org.invite')}
      </Button>
      <div role="status">
        {link && (
          <>
            <p className="note-s">{t('org.invite.text')}</p>
            <p className="org-link">{link}</p>
          </>
        )}
      </div>
    </form>
  );
}

export function OrgPeople({ name }: { name: string }) {
  const t = useT();
  const [people, setPeople] = useState<People | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const act = useCallback(async (work: () => Promise<Outcome<unknown>>) => {
    setRefusal(null);
    const said = await work();
    if (!said.ok) setRefusal(said.refusal);
    return said.ok;
  }, []);
  const load = useCallback(
    (known: readonly OrgPerson[]) =>
      act(async () => {
        const said = await peopleOf(name, known.at(-1)?.name ?? '');
        if (said.ok) setPeople({ ...said.value, list: [...known, ...said.value.list] });
        return said;
      }),
    [act, name],
  );
  useEffect(() => void load([]), [load]);
  return (
    <div className="org-people" aria-busy={!people && !refusal}>
      <AccountNote deed="lead" refusal={refusal} />
      {people && (
        <>
          <ul className="account-rows">
            {people.list.map((one) => (
              <Line key={one.name} org={name} one={one} act={act} onGone={() => void load([])} />
            ))}
          </ul>
          {people.more && (
            <Button className="btn small" onPress={() => void load(people.list)}>
              {t('org.more')}
            </Button>
          )}
          <Invite org={name} act={act} />
        </>
      )}
    </div>
  );
}
