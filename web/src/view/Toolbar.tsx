/*
 * What it is: the meeting's controls. Their names are the ones that tests and screen readers use.
 */
import {
  Hand,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  ShieldCheck,
  SmilePlus,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useId } from 'react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { ButtonProps } from 'react-aria-components';
import type { Panel } from '../call/state';
import { REACTIONS } from '../e2ee/note';
import { denialOf, amOwner } from '../call/rules';
import type { Right } from '../call/rules';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { More } from './More';
import { useNarrow } from './narrow';
import { REACTION_ICONS } from './Tile';
import { useWhy } from './why';

interface ToolProps extends Omit<ButtonProps, 'children' | 'className'> {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly tone?: 'off' | 'on' | 'stop';
  readonly badge?: number;
  /** Why it is not allowed: shown as disabled, said by its description, and again when pressed. */
  readonly denied?: string | null;
}

export function Tool({ denied = null, ...props }: ToolProps) {
  const id = useId();
  if (denied === null) return <ToolButton {...props} />;
  return (
    <span className="tool-denied" title={denied}>
      <ToolButton {...props} aria-disabled aria-describedby={id} data-denied="true" />
      <span id={id} className="sr">
        {denied}
      </span>
    </span>
  );
}

function ToolButton({ icon: Icon, label, tone, badge = 0, ...rest }: Omit<ToolProps, 'denied'>) {
  return (
    <Button className="tool" aria-label={label} data-tone={tone} {...rest}>
      <Icon size={20} aria-hidden="true" />
      <span className="tool-label" aria-hidden="true">
        {label}
      </span>
      {badge > 0 && <span className="tool-badge" data-count={badge > 99 ? '99+' : badge} />}
    </Button>
  );
}

/** Off by others or by a setting, and not running: why it cannot be switched on. */
function useDenied(right: Right, running: boolean): string | null {
  const why = useWhy(usePart((state) => denialOf(state, right)));
  return running ? null : why;
}

function OwnTools() {
  const t = useT();
  const tell = useTell();
  const own = usePart((state) => state.own);
  const micOn = own.mic.phase === 'on';
  const cameraOn = own.camera.phase === 'on';
  const noMic = useDenied('unmute', micOn);
  const noCamera = useDenied('video', cameraOn);
  return (
    <>
      <Tool
        icon={micOn ? Mic : MicOff}
        denied={noMic}
        label={t(micOn ? 'tool.mute' : 'tool.unmute')}
        tone={micOn ? 'on' : 'off'}
        data-busy={own.mic.phase === 'starting'}
        onPress={() => tell({ t: 'toggle_mic' })}
      />
      <Tool
        icon={cameraOn ? Video : VideoOff}
        denied={noCamera}
        label={t(cameraOn ? 'tool.video_off' : 'tool.video_on')}
        tone={cameraOn ? 'on' : 'off'}
        data-busy={own.camera.phase === 'starting'}
        onPress={() => tell({ t: 'toggle_camera' })}
      />
    </>
  );
}

export function canShare(): boolean {
  return navigator.mediaDevices !== undefined && 'getDisplayMedia' in navigator.mediaDevices;
}

function ShareTool() {
  const t = useT();
  const tell = useTell();
  const { phase } = usePart((state) => state.own.screen);
  const denied = useDenied('share', phase === 'on');
  if (!canShare()) return null;
  return (
    <Tool
      icon={phase === 'on' ? MonitorX : MonitorUp}
      denied={denied}
      label={t(phase === 'on' ? 'tool.unshare' : 'tool.share')}
      data-lit={phase === 'on'}
      data-busy={phase === 'starting'}
      onPress={() => tell({ t: 'toggle_screen' })}
    />
  );
}

const PANEL_ICONS: Record<Panel, LucideIcon> = {
  security: ShieldCheck,
  people: Users,
  chat: MessageSquare,
};

function PanelTool({ panel }: { panel: Panel }) {
  const t = useT();
  const tell = useTell();
  const open = usePart((state) => state.panel === panel);
  const unread = usePart((state) => state.unread);
  const badge = panel === 'chat' ? unread : 0;
  return (
    <>
      <Tool
        id={`tool-${panel}`}
        icon={PANEL_ICONS[panel]}
        label={t(`tool.${panel}`)}
        data-lit={open}
        aria-expanded={open}
        badge={badge}
        {...(badge > 0 ? { 'aria-describedby': 'unread' } : {})}
        onPress={() => tell({ t: 'open_panel', panel: open ? null : panel })}
      />
      {badge > 0 && (
        <span id="unread" className="sr">
          {t('chat.unread', { count: badge })}
        </span>
      )}
    </>
  );
}

function ReactTool() {
  const t = useT();
  const tell = useTell();
  const denied = useDenied('reactions', false);
  if (denied !== null) return <Tool icon={SmilePlus} label={t('tool.react')} denied={denied} />;
  return (
    <DialogTrigger>
      <Tool icon={SmilePlus} label={t('tool.react')} />
      <Popover className="popover dark" placement="top">
        <Dialog className="reactions" aria-label={t('react.title')}>
          {({ close }) =>
            REACTIONS.map((emoji) => {
              const Icon = REACTION_ICONS[emoji];
              const press = () => {
                tell({ t: 'react', emoji });
                close();
              };
              return (
                <Button
                  key={emoji}
                  className="iconbtn reaction"
                  aria-label={t(`react.${emoji}`)}
                  onPress={press}
                >
                  <Icon size={22} />
                </Button>
              );
            })
          }
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function HandTool() {
  const t = useT();
  const tell = useTell();
  const up = usePart((state) => state.hand);
  return (
    <Tool
      icon={Hand}
      label={t(up ? 'tool.unhand' : 'tool.hand')}
      data-lit={up}
      onPress={() => tell({ t: 'toggle_hand' })}
    />
  );
}

function LeaveTool() {
  const t = useT();
  const tell = useTell();
  const host = usePart(amOwner);
  if (!host)
    return (
      <Tool
        id="tool-leave"
        icon={LogOut}
        label={t('tool.leave')}
        tone="stop"
        onPress={() => tell({ t: 'leave' })}
      />
    );
  return (
    <DialogTrigger>
      <Tool id="tool-leave" icon={LogOut} label={t('tool.leave')} tone="stop" />
      <Popover className="popover dark" placement="top end">
        <Dialog className="leave" aria-label={t('leave.title')}>
          <Button
            className="leave-choice"
            onPress={() => tell({ t: 'leave' })}
            aria-describedby="leave-text"
          >
            {t('leave.leave')}
          </Button>
          <p id="leave-text">{t('leave.leave.text')}</p>
          <Button
            className="leave-choice stop"
            onPress={() => tell({ t: 'end_for_all' })}
            aria-describedby="end-text"
          >
            {t('leave.end')}
          </Button>
          <p id="end-text">{t('leave.end.text')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

export function Toolbar() {
  const t = useT();
  const narrow = useNarrow();
  return (
    <div className="toolbar" role="group" aria-label={t('tool.bar')}>
      <OwnTools />
      {!narrow && (
        <>
          <ShareTool />
          <PanelTool panel="security" />
          <PanelTool panel="people" />
        </>
      )}
      <PanelTool panel="chat" />
      <ReactTool />
      {!narrow && <HandTool />}
      <More />
      <LeaveTool />
    </div>
  );
}
