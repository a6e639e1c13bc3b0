#!/usr/bin/env -S assay run
-- %%
x = 1
