-- ---
-- title: Both parts
-- assay:
--   format: 1
--   requires: ">=0.1 <1"
--   seed: 20261123
--   permissions: {read: ["data/"], write: ["out/"], net: false, exec: false}
--   limits: {time: 600, memory: 4GiB}
--   inputs: {data/a.npy: sha256-00}
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

-- %% [markdown]
-- # Question

-- %% params name="params" tags=["parameters"]
eps, steps = 8/255, 40
