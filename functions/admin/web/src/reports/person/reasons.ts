// Why the identities of a person are one person.
import type { IdentityLink, IdentityOfPerson } from '../../api/words';

export interface Reason {
  link: IdentityLink;
  /** The identity that the link leads to. */
  other: IdentityOfPerson;
}

/** The link that joins each identity to those before it, by id; the first one needs none. */
export function reasons(identities: readonly IdentityOfPerson[], links: readonly IdentityLink[]): Map<string, Reason> {
  const byId = new Map(identities.map((identity) => [identity.id, identity]));
  const found = new Map<string, Reason>();
  const reached = identities.slice(0, 1);
  for (const from of reached) {
    for (const link of links) {
      const far = link.one === from.id ? link.other : link.other === from.id ? link.one : undefined;
      const identity = far === undefined ? undefined : byId.get(far);
      if (identity === undefined || reached.includes(identity)) continue;
      found.set(identity.id, { link, other: from });
      reached.push(identity);
    }
  }
  return found;
}
