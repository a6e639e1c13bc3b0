-- ---
-- title: As Jupytext leaves it
-- jupyter:
--   jupytext:
--     text_representation:
--       extension: .lua
--       format_name: percent
--       format_version: '1.3'
--       jupytext_version: 1.19.6
--   kernelspec:
--     display_name: Lua (assay)
--     language: lua
--     name: assay
-- ---

-- %%
x = 1
