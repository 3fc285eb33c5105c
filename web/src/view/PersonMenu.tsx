/*
 * What it is: what can be done about one person: by everybody (compare keys, report), by hosts
 * (mute, hold, stop, roles). Nothing here switches anything on for them.
 */
import { Ellipsis } from 'lucide-react';
import { useId } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { holds } from '../call/hosting';
import type { Person } from '../call/roster';
import { givable, reaches } from '../call/rules';
import type { CaptureSource } from '../call/state';
import { usePart, useTell } from './call';
import { useT } from './i18n';

interface ActsProps {
  readonly person: Person;
  onDone(): void;
}

const SOURCES: readonly CaptureSource[] = ['mic', 'camera', 'screen'];

function SourceActs({ person, source, onDone }: ActsProps & { source: CaptureSource }) {
  const t = useT();
  const tell = useTell();
  const { participant, tracks } = person;
  const held = usePart((state) => holds(state, participant, source));
  const live = tracks.some((one) => one.source === source && !one.paused);
  const act = (what: () => void) => () => {
    what();
    onDone();
  };
  const stop = (hold: boolean) => act(() => tell({ t: 'mute_other', participant, source, hold }));
  return (
    <>
      {live && (
        <Button className="act" onPress={stop(false)}>
          {t(`people.stop.${source}`)}
        </Button>
      )}
      {held ? (
        <Button
          className="act"
          onPress={act(() => tell({ t: 'release_other', participant, source }))}
        >
          {t(`people.release.${source}`)}
        </Button>
      ) : (
        <Button className="act" onPress={stop(true)}>
          {t(`people.hold.${source}`)}
        </Button>
      )}
    </>
  );
}

function RoleActs({ person, onDone }: ActsProps) {
  const t = useT();
  const tell = useTell();
  const mine = usePart((state) => state.me?.role);
  const { role, participant } = person;
  if (!role || !mine) return null;
  return givable(mine, role).map((one) => (
    <Button
      key={one}
      className="act"
      onPress={() => {
        tell({ t: 'give_role', participant, role: one });
        onDone();
      }}
    >
      {one === 'participant' && role === 'viewer'
        ? t('people.let_speak')
        : t('people.make', { role: t(`role.${one}`) })}
    </Button>
  ));
}

function Acts({ person, onDone }: ActsProps) {
  const t = useT();
  const tell = useTell();
  const { participant, role } = person;
  const reached = usePart((state) => role !== null && reaches(state, role));
  const then = (what: () => void) => () => {
    onDone();
    what();
  };
  return (
    <div className="acts">
      {reached &&
        SOURCES.map((source) => (
          <SourceActs key={source} person={person} source={source} onDone={onDone} />
        ))}
      {reached && <hr />}
      <RoleActs person={person} onDone={onDone} />
      <Button className="act" onPress={then(() => tell({ t: 'verify', participant }))}>
        {t('verify.open')}
      </Button>
      <Button className="act stop" onPress={then(() => tell({ t: 'report', participant }))}>
        {t('people.report')}
      </Button>
    </div>
  );
}

export function PersonMenu({ person }: { person: Person }) {
  const t = useT();
  const id = useId();
  return (
    <DialogTrigger>
      <Button className="iconbtn more-acts" aria-label={t('people.options', { name: person.name })}>
        <Ellipsis size={18} aria-hidden="true" />
      </Button>
      <Popover className="popover light" placement="bottom end">
        <Dialog className="acts-dialog" aria-labelledby={id}>
          {({ close }) => (
            <>
              <p id={id} className="acts-name">
                {person.name}
              </p>
              <Acts person={person} onDone={close} />
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
