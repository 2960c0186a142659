package io.skald.saga.trip

import io.skald.saga.Done
import io.skald.saga.Outcome
import io.skald.saga.Retry
import io.skald.saga.Saga
import io.skald.saga.SagaClient
import io.skald.saga.SagaDefinition
import io.skald.saga.SagaEnd
import io.skald.saga.Signal
import io.skald.saga.Step
import io.skald.saga.TypeRef
import io.skald.saga.definition.PlacedStep
import io.skald.saga.step.Call
import io.skald.saga.step.CompensationCall
import io.skald.saga.step.LocalAction
import io.skald.saga.step.LocalCompensation
import io.skald.saga.step.PivotStep
import io.skald.saga.step.RemoteAction
import io.skald.saga.step.RemoteCompensation
import io.skald.saga.step.RemoteStep
import io.skald.saga.step.Tx
import java.io.IOException
import java.time.Duration
import java.time.Instant
import java.util.Optional
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test

/** The DSL as its users meet it from Kotlin. */
class KotlinUserCodeTest {
  data class RentBike(val rentalId: String, val rider: String, val hours: Int)

  data class Bill(val account: String, val cents: Long)

  data class Slot(val id: Long)

  data class Bike(val frame: String)

  class NoBikeLeft : Exception()

  data class Payment(val id: String)

  data class Rental(val bike: Bike, val payment: Payment, val dates: List<String>)

  class OpenSlot : LocalAction<RentBike, Slot>, LocalCompensation<RentBike, Slot> {
    override fun execute(input: RentBike, tx: Tx) = Slot(input.hours.toLong())

    override fun compensate(input: RentBike, result: Slot, tx: Tx) {
      tx.connection().isReadOnly
    }
  }

  class PickBike : RemoteAction<RentBike, Bike>, RemoteCompensation<RentBike, Bike> {
    override fun execute(input: RentBike, call: Call) = Bike(call.idempotencyKey())

    override fun compensate(input: RentBike, result: Optional<Bike>, call: CompensationCall) {
      result.map(Bike::frame).orElse(call.actionKey())
    }
  }

  private val openSlot =
    Step.named("open-slot", RentBike::class.java)
      .local(Slot::class.java, OpenSlot::class.java)
      .compensation(OpenSlot::class.java)

  private val pickBike =
    Step.named("pick-bike", RentBike::class.java)
      .remote(Bike::class.java, PickBike::class.java)
      .timeout(Duration.ofSeconds(2))
      .retry(Retry.exponential(Duration.ofMillis(200)).attemptsMax(5))
      .permanent(NoBikeLeft::class.java)
      .compensation(PickBike::class.java)
      .compensationRetry(Retry.exponential(Duration.ofSeconds(1)))

  private val dates =
    Step.named("dates", RentBike::class.java)
      .remote(TypeRef.listOf(String::class.java)) { rent, _ -> listOf(rent.rentalId) }
      .needsNoCompensation()

  private fun pay(): PivotStep<Bill, Payment> =
    Step.named("pay", Bill::class.java)
      .remote(Payment::class.java) { bill, call -> Payment(bill.account + call.idempotencyKey()) }
      .verify { _, _ -> Outcome.unknown() }
      .compensationIfUnknown { _, payment, call -> payment.map { it.id }.orElse(call.actionKey()) }
      .compensationRetry(Retry.exponential(Duration.ofSeconds(1)))
      .compensationPermanent(IOException::class.java)

  private val tell =
    Step.named("tell", RentBike::class.java).remote { rent, call ->
      check(rent.rider.isNotEmpty()) { call.resultOf(pickBike).frame }
    }

  private val close =
    Step.named("close", RentBike::class.java).local { _, tx -> tx.connection().isReadOnly }

  private fun rentBike(): SagaDefinition<RentBike, Rental> =
    Saga.define("rent-bike", RentBike::class.java)
      .version(2)
      .key(RentBike::rentalId)
      .attribute("rider") { it.rider }
      .deadline(Duration.ofDays(1))
      .step(openSlot)
      .step(pickBike)
      .step(dates)
      .pivot(pay().from(RentBike::class.java) { rent, _ -> Bill(rent.rider, 100L * rent.hours) })
      .step(tell)
      .step(close)
      .returning(Rental::class.java) { _, results ->
        Rental(results.resultOf(pickBike), results.resultOf(pay()), results.resultOf(dates))
      }

  private fun payTwice(): SagaDefinition<Bill, Done> =
    Saga.define("pay-twice", Bill::class.java).pivot(pay()).step(pay().`as`("again").plain()).build()

  private fun PivotStep<Bill, Payment>.plain(): RemoteStep<Bill, Payment> =
    Step.named(name(), Bill::class.java).remote(Payment::class.java) { bill, _ ->
      Payment(bill.account)
    }

  data class Helmet(val number: Int)

  data class Approval(val by: String)

  private val approval = Signal.named("approval", Approval::class.java)

  private val photos = Signal.named("photos", TypeRef.listOf(String::class.java))

  private val helmet =
    Step.named("helmet", Helmet::class.java)
      .remote(String::class.java) { helmet, call -> call.idempotencyKey() + helmet.number }
      .compensation { _, label, call -> label.orElse(call.actionKey()) }

  private val helmets =
    Step.forEach("helmets", RentBike::class.java, Helmet::class.java) { rent, _ ->
        List(rent.hours) { Helmet(it) }
      }
      .concurrency(3)
      .step(helmet)

  private val prepare =
    Step.parallel("prepare", pickBike, helmets, Step.delay("breathe", Duration.ofSeconds(1)))
      .compensatedTogether()

  private val approve =
    Step.choice("approve", RentBike::class.java, Approval::class.java)
      .on(
        { rent, _ -> rent.hours > 24 },
        Step.await("ask", approval).within(Duration.ofDays(1)).orCompensate(),
      )
      .on(
        { rent, _ -> rent.hours > 0 },
        Step.named("grant", RentBike::class.java)
          .local(Approval::class.java) { rent, _ -> Approval(rent.rider) }
          .needsNoCompensation(),
      )
      .otherwise(Step.refuse("too-short", RentBike::class.java) { rent, _ -> "${rent.hours} hours" })

  private val pictures =
    Step.await("pictures", photos).within(Duration.ofHours(2)).orElse(listOf("none"))

  private val handOver =
    Step.sequence("hand-over", RentBike::class.java)
      .step(Step.delayUntil("morning", RentBike::class.java) { _, _ -> Instant.EPOCH }.afterPivot())
      .step(pictures.afterPivot())
      .end()

  private fun tour(): SagaDefinition<RentBike, Approval> =
    Saga.define("tour", RentBike::class.java)
      .step(prepare)
      .step(approve)
      .pivot(
        Step.choice("settle", RentBike::class.java, Payment::class.java)
          .on(
            { _, results -> results.resultOf(helmets).isEmpty() },
            pay().from(RentBike::class.java) { rent, _ -> Bill(rent.rider, 1L) },
          )
          .otherwiseNothing()
      )
      .step(Step.parallel("after", tell, handOver))
      .step(Step.delay("rest", Duration.ofMinutes(5)))
      .returning(Approval::class.java) { _, results ->
        val labels: List<String> = results.resultOf(helmets)
        val seen: List<String> = results.resultOf(handOver)
        Approval(results.resultOf(approve).by + labels + seen)
      }

  @Suppress("unused") // compiling is the test
  private fun run(sagas: SagaClient, rent: RentBike): String =
    when (val end = sagas.start(rentBike(), rent).await(Duration.ofSeconds(5))) {
      is SagaEnd.Completed -> end.output().payment.id
      is SagaEnd.Compensated -> "${end.failedStep()}: ${end.reason()}"
      is SagaEnd.Resolved -> "${end.actor()}: ${end.reason()}"
      is SagaEnd.Stuck -> "${end.step()}? ${end.reason()}"
    }

  @Test
  fun `a saga written in Kotlin is read as it was written`() {
    assertThat(rentBike().steps().map(PlacedStep::name))
      .containsExactly("open-slot", "pick-bike", "dates", "pay", "tell", "close")
    assertThat(rentBike().pivot().map(PlacedStep::name)).contains("pay")
    assertThat(rentBike().keyOf(RentBike("r-1", "ada", 2))).contains("r-1")
    assertThat(payTwice().steps().map(PlacedStep::name)).containsExactly("pay", "again")
    assertThat(tell.plan().resultType()).isEqualTo(Done::class.java)
  }

  @Test
  fun `a saga of groups, choices and waits reads the same`() {
    assertThat(tour().steps().map(PlacedStep::name))
      .containsExactly("prepare", "approve", "settle", "after", "rest")
    assertThat(tour().allSteps().map(PlacedStep::name))
      .contains("helmet", "breathe", "ask", "grant", "too-short", "pay", "morning", "pictures")
    assertThat(tour().isCompensatedTogether).isTrue()
    assertThat(helmets.plan().resultType()).isEqualTo(TypeRef.listOf(String::class.java).type())
  }
}
