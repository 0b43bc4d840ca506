/** The page's script and style where nothing has been built: bundled when this is loaded. */

import { bundlePage } from "../../../scripts/picture.ts";
import type { PageAssets } from "../src/picture/assets.ts";

export const assets: PageAssets = await bundlePage();
