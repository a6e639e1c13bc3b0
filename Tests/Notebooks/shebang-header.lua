#!/usr/bin/env -S assay run
-- ---
-- title: With a first line for the system
-- jupyter:
--   jupytext:
--     notebook_metadata_filter: -jupytext.text_representation.jupytext_version,-jupytext.text_representation.format_version
--     text_representation:
--       extension: .lua
--       format_name: percent
--   kernelspec:
--     display_name: Lua (assay)
--     language: lua
--     name: assay
-- ---

-- %%
x = 1
