/** The plugins of the science platform. */

import charts from './plugins/charts';
import files from './plugins/files';
import image from './plugins/image';
import jobs from './plugins/jobs';
import launcher from './plugins/launcher';
import notebook from './plugins/notebook';
import panel from './plugins/panel';
import platform from './plugins/platform';
import session from './plugins/session';
import share from './plugins/share';
import sky from './plugins/sky';
import status from './plugins/status';
import tables from './plugins/tables';
import viewer from './plugins/viewer';
import wall from './plugins/wall';

export { CommandIDs, IPlatform } from './tokens';

export default [
  platform,
  panel,
  viewer,
  charts,
  wall,
  image,
  sky,
  session,
  share,
  tables,
  files,
  jobs,
  notebook,
  launcher,
  status
];
