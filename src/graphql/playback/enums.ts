import { PlaybackStatus } from '../../domain/playback/enums.js';
import { builder } from '../builder.js';
import { values } from '../shared/integer-enum.js';

export const PlaybackStatusEnum = builder.enumType('PlaybackStatus', {
  values: values(PlaybackStatus),
  description: 'ABANDONED is a playback that was silent for half an hour. UNKNOWN cannot be sent.',
});
