/*
 * What it is: a file in the chat: its name, its size, and a button that fetches and saves it.
 */
import { Download, FileIcon } from 'lucide-react';
import { Button } from 'react-aria-components';
import type { SharedFile } from '../call/state';
import { useTell } from './call';
import { useLanguage, useT } from './i18n';

function sizeOf(bytes: number, language: string): string {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  const digits = { maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: 'unit', unit, ...digits }).format(value);
}

export function FileLine({ id, file }: { id: number; file: SharedFile }) {
  const t = useT();
  const tell = useTell();
  const size = sizeOf(file.size, useLanguage());
  return (
    <div className="line-file">
      <FileIcon size={18} aria-hidden="true" />
      <span>
        <bdi id={`file-${id}`}>{file.name}</bdi>
        <small>
          {size} · {t(`file.${file.phase}`)}
        </small>
      </span>
      {file.note && (
        <Button
          className="iconbtn"
          aria-label={t('file.get')}
          aria-describedby={`file-${id}`}
          isDisabled={file.phase === 'getting'}
          onPress={() => tell({ t: 'get_file', line: id })}
        >
          <Download size={18} />
        </Button>
      )}
    </div>
  );
}
