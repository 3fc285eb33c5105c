// Two places of ts-mls 1.6.4 that differ from RFC 9420, found by these groups; groups of ts-mls alone show the first
// (INTEROP_KINDS=ts-mls INTEROP_MENDED=no). This loader hook puts the RFC's rule in their place when the modules are
// read; nothing else of ts-mls is touched, and another version of it is refused.
const MENDS = {
  // Section 12.4.3.1, on the tree of a Welcome: nodes *between* an unmerged leaf and the parent that lists it must list
  // that leaf too. ts-mls wants equal lists on the whole way to the root and refuses lawful trees, its own as well.
  'clientState.js': [
    `if (!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves))`,
    `if (parentIdx === toNodeIndex(i)) break;
                        if (!dpNode.parent.unmergedLeaves.includes(unmergedLeaf))`,
  ],
  // Sections 12.4.1 and 12.4.2: commit_secret comes from the last path secret of the UpdatePath. When the root is
  // filtered out of the path (the other half of the tree is blank), ts-mls derives once more, for the blank root.
  'pathSecrets.js': [
    `const nextSecret = await deriveSecret(pathSecrets[currentIndex], "path", kdf);`,
    `const nextSecret = tree[nextIndex] === undefined ? pathSecrets[currentIndex]
            : await deriveSecret(pathSecrets[currentIndex], "path", kdf);`,
  ],
};

export async function load(url, context, next) {
  const loaded = await next(url, context);
  const mend = MENDS[/\/ts-mls\/dist\/src\/([^/]+)$/.exec(url)?.[1]];
  if (!mend) return loaded;
  const [wrong, right] = mend;
  const source = loaded.source.toString();
  if (source.split(wrong).length !== 2) throw new Error('this is another ts-mls than the one that is mended here');
  return { ...loaded, source: source.replace(wrong, right) };
}
