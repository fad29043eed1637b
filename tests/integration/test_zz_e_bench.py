import cProfile, pstats, pytest
pytestmark = pytest.mark.integration
async def test_b(utility):
    for tool,raw in [("explain_charges",{"charge_type":"high bill"}),("check_eligible_credits",{})]:
        call=await utility.call("James")
        await utility.run(tool,call,**raw)
        pr=cProfile.Profile(); pr.enable()
        for i in range(20): await utility.run(tool,call,**raw)
        pr.disable(); print("=====",tool); pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
