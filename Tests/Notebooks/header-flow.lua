-- ---
-- title: Flow
-- jupyter:
--   jupytext: {text_representation: {extension: .lua, format_name: percent}}
--   kernelspec: {display_name: Lua (assay), language: lua, name: assay}
-- assay:
--   seed: 1
-- ---

-- %%
x = 1
