/*
 * What it is: the host's part of the security panel: stop everything, who may come in, what
 * participants may do, links. Loaded when a host opens the panel. A setting shows the server's word;
 * what is wished shows at once, and goes back when it is refused.
 */
import { Lock as LockIcon, OctagonX } from 'lucide-react';
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { Button, Input, Label, Text, TextField, ToggleButton } from 'react-aria-components';
import {
  RIGHTS,
  WHOS,
  amOwner,
  hasWaitingRoom,
  isFixed,
  isLocked,
  settingsOf,
} from '../call/rules';
import type { Right } from '../call/rules';
import type { State } from '../call/state';
import type { Who } from '../wire/signal';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { Links } from './Links';
import './controls.css';

function Suspend() {
  const t = useT();
  const tell = useTell();
  return (
    <section className="controls-stop" aria-label={t('controls.suspend')}>
      <Button
        className="btn stop wide"
        aria-describedby="suspend-text"
        onPress={() => tell({ t: 'suspend' })}
      >
        <OctagonX size={18} aria-hidden="true" />
        {t('controls.suspend')}
      </Button>
      <p id="suspend-text">{t('controls.suspend.text')}</p>
    </section>
  );
}

function Fixed({ id }: { id: string }) {
  const t = useT();
  return (
    <p id={id} className="fixed">
      <LockIcon size={13} aria-hidden="true" />
      {t('controls.fixed')}
    </p>
  );
}

type Flag = 'locked' | 'waiting_room' | 'keep_out' | 'personal_only';
const FLAGS: readonly Flag[] = ['locked', 'waiting_room', 'keep_out', 'personal_only'];

function isOn(state: State, flag: Flag): boolean {
  if (flag === 'locked') return isLocked(state);
  if (flag === 'waiting_room') return hasWaitingRoom(state);
  return settingsOf(state)?.[flag] ?? false;
}

/** The keys keep these two as well, and only a host by the keys can change those. */
function isKeysAlone({ sealing }: State, flag: Flag): boolean {
  if (sealing.admin) return false;
  return flag === 'locked' ? sealing.locked : flag === 'waiting_room' && sealing.waitingRoom;
}

function Switch({ flag }: { flag: Flag }) {
  const t = useT();
  const tell = useTell();
  const on = usePart((state) => isOn(state, flag));
  const fixed = usePart((state) => isFixed(state.protection.rules, flag)) && on;
  const keys = usePart((state) => isKeysAlone(state, flag));
  const id = useId();
  return (
    <div className="lock">
      <ToggleButton
        className="switch"
        data-setting={flag}
        isSelected={on}
        isDisabled={fixed || keys}
        onChange={(now) => tell({ t: 'set_setting', change: { [flag]: now } })}
        aria-describedby={id}
      >
        <span>{t(`controls.${flag}`)}</span>
        <span className="switch-track" aria-hidden="true" />
      </ToggleButton>
      {fixed ? (
        <Fixed id={id} />
      ) : (
        <p id={id}>{t(keys ? 'controls.keys' : `controls.${flag}.text`)}</p>
      )}
    </div>
  );
}

const PASSCODE = /^[\x21-\x7e]{4,64}$/;

function PasscodeForm({ onDone }: { onDone(): void }) {
  const t = useT();
  const tell = useTell();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!PASSCODE.test(text)) return setWrong(true);
    tell({ t: 'change_passcode', passcode: text });
    onDone();
  };
  return (
    <form className="passcode-form" onSubmit={submit} noValidate>
      <TextField
        className="field"
        value={text}
        isInvalid={wrong}
        maxLength={64}
        autoFocus
        onChange={(typed) => {
          setText(typed);
          setWrong(false);
        }}
      >
        <Label>{t('controls.passcode.new')}</Label>
        <Input className="react-aria-Input mono" autoComplete="off" spellCheck="false" />
        <Text
          slot={wrong ? 'errorMessage' : 'description'}
          className={wrong ? 'problem' : 'note-s'}
        >
          {t('controls.passcode.rule')}
        </Text>
      </TextField>
      <div className="row">
        <Button className="btn key small" type="submit">
          {t('controls.passcode.save')}
        </Button>
        <Button className="btn quiet small" onPress={onDone}>
          {t('people.rename.cancel')}
        </Button>
      </div>
    </form>
  );
}

function PasscodeRow() {
  const t = useT();
  const tell = useTell();
  const [changing, setChanging] = useState(false);
  const on = usePart((state) => settingsOf(state)?.passcode ?? false);
  const fixed = usePart((state) => isFixed(state.protection.rules, 'passcode')) && on;
  if (changing) return <PasscodeForm onDone={() => setChanging(false)} />;
  return (
    <div className="lock">
      <div className="passcode-row">
        <span>{t(on ? 'controls.passcode.on' : 'controls.passcode.off')}</span>
        <Button className="btn quiet small" onPress={() => setChanging(true)}>
          {t(on ? 'controls.passcode.change' : 'controls.passcode.set')}
        </Button>
        {on && !fixed && (
          <Button
            className="btn quiet small"
            onPress={() => tell({ t: 'change_passcode', passcode: null })}
          >
            {t('controls.passcode.drop')}
          </Button>
        )}
      </div>
      {fixed ? <Fixed id="passcode-fixed" /> : <p>{t('controls.passcode.text')}</p>}
    </div>
  );
}

function Rule({ right }: { right: Right }) {
  const t = useT();
  const tell = useTell();
  const value = usePart((state) => settingsOf(state)?.[right] ?? 'all');
  const fixed = usePart((state) => isFixed(state.protection.rules, right));
  const id = useId();
  const change = (who: Who) => tell({ t: 'set_setting', change: { [right]: who } });
  return (
    <div className="rule-row">
      <label className="rule">
        <span>
          {t(`setting.${right}`)}
          {fixed && <LockIcon size={13} aria-hidden="true" />}
        </span>
        <select
          value={value}
          data-setting={right}
          {...(fixed && { 'aria-describedby': id })}
          onChange={(event) => change(event.currentTarget.value as Who)}
        >
          {WHOS.map((who) => (
            <option key={who} value={who}>
              {t(`who.${who}`)}
            </option>
          ))}
        </select>
      </label>
      {fixed && (
        <p id={id} className="fixed">
          {t('controls.fixed.least')}
        </p>
      )}
    </div>
  );
}

export function Controls() {
  const t = useT();
  const owner = usePart(amOwner);
  const profile = usePart((state) => state.protection.rules?.profile ?? 'default');
  return (
    <div className="controls">
      <Suspend />
      <section className="security-section" aria-labelledby="who-comes">
        <h3 id="who-comes">{t('security.locks')}</h3>
        {FLAGS.map((flag) => (
          <Switch key={flag} flag={flag} />
        ))}
        {owner && <PasscodeRow />}
      </section>
      <section className="security-section" aria-labelledby="who-may">
        <h3 id="who-may">{t('controls.rights')}</h3>
        {profile !== 'default' && (
          <p className="note-s">{t('controls.profile', { profile: t(`profile.${profile}`) })}</p>
        )}
        <div className="rules">
          {RIGHTS.map((right) => (
            <Rule key={right} right={right} />
          ))}
        </div>
        <p className="note-s">{t('controls.rights.text')}</p>
      </section>
      {owner && <Links />}
    </div>
  );
}
