/*
 * What it is: choosing microphone, camera and speaker, noise suppression and background blur. Loaded when there is
 * something to choose.
 */
import { Check, ChevronDown } from 'lucide-react';
import {
  Button,
  Checkbox,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components';
import type { DeviceKind } from '../call/state';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import './devices.css';

const DEFAULT = 'default-choice';

function DeviceSelect({ kind }: { kind: DeviceKind }) {
  const t = useT();
  const tell = useTell();
  const devices = usePart((state) => state.devices[kind]);
  const chosen = usePart((state) => state.choice[kind]);
  const items = [
    { id: '', label: t('device.default') },
    ...devices.filter((one) => one.id !== 'default'),
  ];
  return (
    <Select
      className="field device"
      value={chosen === '' ? DEFAULT : chosen}
      onChange={(key) => tell({ t: 'pick_device', kind, id: key === DEFAULT ? '' : String(key) })}
      isDisabled={devices.length === 0}
    >
      <Label>{t(`device.${kind}`)}</Label>
      <Button className="btn quiet select">
        <SelectValue className="select-value">{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Popover className="popover light">
        <ListBox className="listbox">
          {items.map(({ id, label }) => (
            <ListBoxItem
              key={id}
              id={id === '' ? DEFAULT : id}
              textValue={label}
              className="option"
            >
              <span>{label}</span>
              <Check size={16} className="tick" aria-hidden="true" />
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** Only some browsers let a page choose where sound comes out. */
function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}

function Tick({ part, on }: { part: 'noise' | 'blur'; on: boolean }) {
  const t = useT();
  const tell = useTell();
  const failed = usePart((state) => state[part] === 'failed');
  return (
    <div className={`tick-row ${part}`}>
      <Checkbox
        className="tick-check"
        isSelected={on}
        onChange={(wanted) => tell({ t: part === 'noise' ? 'pick_noise' : 'pick_blur', on: wanted })}
      >
        <span className="tick-box" aria-hidden="true">
          <Check size={13} strokeWidth={3} />
        </span>
        {t(`device.${part}`)}
      </Checkbox>
      <p className="note-s" role="status">
        {t(failed ? `device.${part}.failed` : `device.${part}.what`)}
      </p>
    </div>
  );
}

export function DeviceSelects() {
  const noise = usePart((state) => state.noise === 'on');
  const blur = usePart((state) => state.blur !== 'off');
  return (
    <>
      <div className="devices">
        <DeviceSelect kind="mic" />
        <DeviceSelect kind="camera" />
        {canChooseSpeaker() && <DeviceSelect kind="speaker" />}
      </div>
      <Tick part="noise" on={noise} />
      <Tick part="blur" on={blur} />
    </>
  );
}
