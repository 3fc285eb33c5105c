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
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { ButtonProps } from 'react-aria-components';
import type { Panel } from '../call/state';
import { REACTIONS } from '../e2ee/note';
import { usePart, useTell } from './call';
import { useT } from './i18n';
import { More } from './More';
import { useNarrow } from './narrow';
import { REACTION_ICONS } from './Tile';

interface ToolProps extends Omit<ButtonProps, 'children' | 'className'> {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly tone?: 'off' | 'on' | 'stop';
  readonly badge?: number;
}

export function Tool({ icon: Icon, label, tone, badge = 0, ...rest }: ToolProps) {
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

function OwnTools() {
  const t = useT();
  const tell = useTell();
  const own = usePart((state) => state.own);
  const micOn = own.mic.phase === 'on';
  const cameraOn = own.camera.phase === 'on';
  return (
    <>
      <Tool
        icon={micOn ? Mic : MicOff}
        label={t(micOn ? 'tool.mute' : 'tool.unmute')}
        tone={micOn ? 'on' : 'off'}
        data-busy={own.mic.phase === 'starting'}
        onPress={() => tell({ t: 'toggle_mic' })}
      />
      <Tool
        icon={cameraOn ? Video : VideoOff}
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
  if (!canShare()) return null;
  return (
    <Tool
      icon={phase === 'on' ? MonitorX : MonitorUp}
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
  const host = usePart((state) => state.me?.role === 'host');
  if (!host)
    return (
      <Tool
        icon={LogOut}
        label={t('tool.leave')}
        tone="stop"
        onPress={() => tell({ t: 'leave' })}
      />
    );
  return (
    <DialogTrigger>
      <Tool icon={LogOut} label={t('tool.leave')} tone="stop" />
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
