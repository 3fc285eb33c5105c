/*
 * What it is: every short message in words.
 */
import type { Notice } from '../call/state';
import type { Reason, Setting, Settings } from '../wire/signal';
import type { Key, Translate } from './i18n';

/** A field that a refusal may name: a setting, or a feature that the operator blocks. */
const FIELDS: readonly string[] = [
  'unmute',
  'video',
  'share',
  'chat',
  'private_chat',
  'reactions',
  'files',
  'rename',
  'record',
  'waiting_room',
  'locked',
  'passcode',
  'keep_out',
  'personal_only',
  'hold',
  'host',
  'join',
] satisfies (Setting | 'hold' | 'host' | 'join')[];

function fieldWords(field: string | null, t: Translate): string {
  return field !== null && FIELDS.includes(field)
    ? t(`setting.${field}` as Key)
    : t('setting.other');
}

export function refusalWords(reason: Reason | 'lost', field: string | null, t: Translate): string {
  return t(`refused.${reason}`, { what: fieldWords(field, t) });
}

function settingWords(changed: readonly Setting[], now: Settings, t: Translate): string {
  const one = (setting: Setting) => {
    const value = now[setting];
    const said =
      typeof value === 'boolean' ? t(value ? 'state.on' : 'state.off') : t(`who.${value}`);
    return t('toast.setting', { what: t(`setting.${setting}`), said });
  };
  return changed.map(one).join('; ');
}

type Protective = Extract<
  Notice,
  {
    is:
      | 'refused'
      | 'denied'
      | 'muted'
      | 'released'
      | 'settings'
      | 'passcode'
      | 'recording'
      | 'role'
      | 'blocked'
      | 'keys_admin'
      | 'keys_admin_off'
      | 'keys_door';
  }
>;

function protectionWords(notice: Protective, t: Translate): string {
  switch (notice.is) {
    case 'refused':
      return refusalWords(notice.reason, notice.field, t);
    case 'denied':
      return t(`denied.${notice.denial}`);
    case 'muted': {
      const name = notice.name || t('a_host');
      return t(`toast.muted.${notice.source}${notice.hold ? '.hold' : ''}`, { name });
    }
    case 'released':
      return t(`toast.released.${notice.source}`);
    case 'settings': {
      const changes = settingWords(notice.changed, notice.now, t);
      return t('toast.settings', { name: notice.name || t('a_host'), changes });
    }
    case 'passcode':
      return t(notice.on ? 'toast.passcode.on' : 'toast.passcode.off', {
        name: notice.name || t('a_host'),
      });
    case 'recording':
      return t(notice.on ? 'toast.recording.on' : 'toast.recording.off', {
        name: notice.name || t('someone'),
      });
    case 'role': {
      const role = t(`role.${notice.role}`);
      return notice.mine
        ? t('toast.role.mine', { role })
        : t('toast.role', { name: notice.name || t('someone'), role });
    }
    case 'keys_admin':
    case 'keys_admin_off':
    case 'keys_door': {
      const name = notice.name || t('someone');
      return t(`toast.${notice.is}${notice.follows ? '' : '.unsigned'}`, { name });
    }
    case 'blocked': {
      const what = t(`setting.${notice.feature}`);
      return t(notice.on ? 'toast.blocked.on' : 'toast.blocked.off', { what, why: notice.why });
    }
    default:
      return notice satisfies never;
  }
}

export function words(notice: Notice, t: Translate): string {
  switch (notice.is) {
    case 'joined':
    case 'left':
    case 'removed':
    case 'lost':
    case 'hand':
    case 'sharing':
      return t(`toast.${notice.is}`, { name: notice.name || t('someone') });
    case 'suspended':
      return t('toast.suspended', { name: notice.name || t('a_host') });
    case 'capture':
      return t(`problem.${notice.source}.${notice.problem}`);
    case 'copied':
    case 'copy_failed':
    case 'not_sent':
    case 'not_done':
    case 'back':
    case 'unable':
    case 'file_size':
    case 'file_failed':
    case 'link_renewed':
      return t(`toast.${notice.is}`);
    case 'board':
      return t('toast.board', { name: notice.name || t('someone') });
    case 'room_closed':
      return t('toast.room_closed', { name: notice.name });
    case 'noise_failed':
      return t('device.noise.failed');
    case 'blur_failed':
      return t('device.blur.failed');
    default:
      return protectionWords(notice, t);
  }
}
