import type { Viewer as ViewerModel } from '../../domain/playback/types.js';
import { builder } from '../builder.js';
import { needs } from '../shared/scope.js';
import { showable } from '../shared/scalars.js';

const Viewer = builder.objectRef<ViewerModel>('Viewer').implement({
  description: 'A random id by which playbacks belong together; no person can be told from it.',
  fields: (t) => ({
    viewerUuid: t.expose('viewerUuid', { type: 'UUID' }),
    firstSeenAt: t.field({ type: 'DateTime', resolve: ({ firstSeenMs }) => showable(firstSeenMs) }),
    lastSeenAt: t.field({ type: 'DateTime', resolve: ({ lastSeenMs }) => showable(lastSeenMs) }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    args: { viewerUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { viewerUuid }, { services }) => services.store.playback.getViewer(viewerUuid),
  }),
);

builder.mutationField('forgetViewer', (t) =>
  t.boolean({
    ...needs('admin'),
    description:
      'Removes the id; its playbacks stay and belong to nobody. False when there is no such viewer.',
    args: { viewerUuid: t.arg({ type: 'UUID', required: true }) },
    async resolve(_root, { viewerUuid }, { services, caller }) {
      const isForgotten = await services.store.playback.forgetViewer(viewerUuid);
      if (isForgotten) {
        await services.store.system.audit({
          atMs: services.clock.now(),
          tokenId: caller.tokenId,
          action: 'forgetViewer',
          // The id itself would keep what was to be forgotten.
          subject: 'viewer',
          detailJson: null,
        });
      }
      return isForgotten;
    },
  }),
);
