/*
 * What it is: deleting one's account: asked once more, and proved anew by what opens it.
 */
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Button } from 'react-aria-components';
import { deleteAccount, signIn } from '../account/calls';
import type { Outcome, Who } from '../account/calls';
import { canPasskeys, signInByPasskey } from '../account/passkeys';
import { deviceOf } from '../account/rules';
import { PasswordField } from './AccountEnter';
import { Part } from './AccountOwn';
import type { Desk, Rows } from './AccountOwn';
import { useT } from './i18n';

interface DeleteProps {
  readonly name: string;
  readonly desk: Desk;
  readonly rows: Rows;
  onGone(): void;
}

const device = () => deviceOf(navigator.userAgent);

/** prove: null for who came through an organisation: the server says when that is too long ago. */
async function deleted(name: string, prove: (() => Promise<Outcome<Who>>) | null) {
  const proved = prove && (await prove());
  return proved && !proved.ok ? proved : deleteAccount(name);
}

function DeleteForm({ name, desk, rows, onGone, onClose }: DeleteProps & { onClose(): void }) {
  const t = useT();
  const [password, setPassword] = useState('');
  const { ways } = rows;
  const passkey = ways.passkeys.length > 0 && canPasskeys();
  const go = async (prove: (() => Promise<Outcome<Who>>) | null) => {
    const work = () => deleted(name, prove);
    if (await desk.act({ deed: 'delete', done: 'deleted', work })) onGone();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void go(ways.password ? () => signIn(name, password, device()) : null);
  };
  const byForm = ways.password || !passkey;
  return (
    <form className="account-form" onSubmit={submit} noValidate>
      <p className="note warn">{t('account.delete.what')}</p>
      {ways.password && (
        <PasswordField
          label={t('account.password.old')}
          value={password}
          fault={null}
          onChange={setPassword}
        />
      )}
      {byForm && (
        <Button
          className="btn stop"
          type="submit"
          data-busy={desk.busy}
          isDisabled={ways.password && password === ''}
        >
          {t('account.delete.sure')}
        </Button>
      )}
      {passkey && (
        <Button
          className="btn stop"
          data-busy={desk.busy}
          onPress={() => void go(() => signInByPasskey(device()))}
        >
          {t('account.delete.passkey')}
        </Button>
      )}
      <Button className="btn quiet" onPress={onClose}>
        {t('account.cancel')}
      </Button>
    </form>
  );
}

export function DeletePart(props: DeleteProps) {
  const t = useT();
  const [open, setOpen] = useState(false);
  /* The button that had the focus is gone then: the part's heading has it. */
  const turn = (to: boolean) => {
    setOpen(to);
    document.getElementById('account-delete')?.focus();
  };
  return (
    <Part id="account-delete" title={t('account.delete')} text={t('account.delete.text')}>
      {open ? (
        <DeleteForm {...props} onClose={() => turn(false)} />
      ) : (
        <Button className="btn" onPress={() => turn(true)}>
          <Trash2 size={18} aria-hidden="true" />
          {t('account.delete.open')}
        </Button>
      )}
    </Part>
  );
}
